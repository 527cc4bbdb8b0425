"""A key-value store in a directory: kv.py COMMAND ... (see --help)"""

import argparse
import sys

import commands


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", default="/data/store")
    parser.add_argument("command", choices=sorted(commands.COMMANDS))
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    try:
        commands.COMMANDS[options.command](options.directory, *options.words)
    except KeyError as missing:
        sys.exit(f"no key {missing.args[0]}")


if __name__ == "__main__":
    main()
