"""C and C++, by make, CMake, Meson or the compiler itself: the programs on a system with the libraries they need."""

from shave.staging.built import seen
from shave.staging.last import native
from shave.staging.protocol import Building, Language, Refused, Runtime
from shave.staging.written import c

_ANY = frozenset[str]()
_LEAVES = (
    "**/*.{c,h,cc,cpp,cxx,c++,hh,hpp,hxx,o,obj,a,la,lo,d,gch,m4,am,ac,cmake,ninja}",
    "**/{Makefile,GNUmakefile,makefile,Makefile.in,CMakeLists.txt,CMakeCache.txt,meson.build,configure,config.status}",
    "**/{config.log,libtool,install_manifest.txt,.ninja_log,.ninja_deps}",
    "**/{CMakeFiles,meson-private,autom4te.cache,.libs}/**",
    "usr/local/{include,share/man,share/doc,lib/pkgconfig,lib/cmake}/**",
)


def runtime(building: Building) -> Runtime | Refused:
    """By the image; without one by the words of the build."""
    if building.image is None:
        return c(building, _LEAVES)
    built = seen(building, _LEAVES)
    return built if isinstance(built, Refused) else native(built)


_TOOLS = ("gcc", "g++", "cc", "c++", "clang", "clang++", "make", "gmake", "cmake", "ninja", "meson", "scons")
C = Language("C", dict.fromkeys(_TOOLS, _ANY), _LEAVES, runtime)
