"""The program on the other side: what runs inside the namespaces that shave makes.

It is started as ``python -I -S`` by ``shave.proc``, not imported: only the standard library may be used here, siblings
by relative import, and nothing may be imported lazily, because after ``pivot_root`` this file system is gone.
"""
