import hashlib
import sys
from contextlib import closing


def opened(directory, **options):
    import plyvel

    return closing(plyvel.DB(directory, create_if_missing=True, bloom_filter_bits=10, compression="snappy", **options))


def put(directory, key, value):
    with opened(directory) as store:
        store.put(key.encode(), value.encode(), sync=True)


def get(directory, key):
    with opened(directory) as store:
        if (value := store.get(key.encode())) is None:
            raise KeyError(key)
        print(value.decode())


def scan(directory, start="", reverse=""):
    with opened(directory) as store, store.iterator(prefix=start.encode(), reverse=bool(reverse)) as found:
        for key, value in found:
            print(key.decode(), value.decode())


def fill(directory, count):
    with opened(directory, write_buffer_size=65536) as store, store.write_batch(transaction=True) as batch:
        for number in range(int(count)):
            batch.put(f"{number:08}".encode(), hashlib.sha256(str(number).encode()).digest() * 8)


def digest(directory):
    with opened(directory, paranoid_checks=True) as store:
        total = hashlib.sha256(b"".join(key + value for key, value in store.iterator(verify_checksums=True)))
    print(total.hexdigest()[:16])


def compact(directory):
    with opened(directory) as store:
        store.compact_range()
        print(store.approximate_size(b"0", b"9") > 100_000, b"compactions" in store.get_property(b"leveldb.stats").lower())


def snapshot(directory):
    with opened(directory) as store:
        store.put(b"k", b"old")
        before = store.snapshot()
        store.put(b"k", b"new")
        print(before.get(b"k").decode(), store.get(b"k").decode())


def backwards(directory):
    import plyvel

    def compare(one, other):
        return (one < other) - (one > other)

    options = {"create_if_missing": True, "comparator": compare, "comparator_name": b"backwards"}
    with closing(plyvel.DB(directory, **options)) as store:
        for key in (b"a", b"c", b"b"):
            store.put(key, b"")
        print(b"".join(store.iterator(include_value=False)).decode())


def load(directory):
    import csv

    with opened(directory) as store:
        for key, value in csv.reader(sys.stdin):
            store.put(key.encode(), value.encode())


def repair(directory):
    import plyvel

    plyvel.repair_db(directory)


def destroy(directory):
    import plyvel

    plyvel.destroy_db(directory)


COMMANDS = {f.__name__: f for f in (put, get, scan, fill, digest, compact, snapshot, backwards, load, repair, destroy)}
