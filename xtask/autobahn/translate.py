"""Translates the part of Autobahn|Testsuite that we use (the cases and the fuzzing server) from Python 2.

    python translate.py FOLDER

The installed package is read, never changed: the translation is written to FOLDER/autobahntestsuite.

In the suite a string is a row of bytes. It becomes a string of the characters U+0000 to U+00FF, one for each byte;
server.py turns it into bytes where it leaves for the network.
"""

import importlib.util
import pathlib
import shutil
import sys
from lib2to3.refactor import RefactoringTool, get_fixers_from_package

PACKAGE = "autobahntestsuite"

# What lib2to3 cannot know: the file, what stands there, what has to stand there. Applied before it runs, and
# every one has to find its place.
EDITS = [
    # One case that is in no list, on an interface that is gone.
    ("case/__init__.py", "from case9_9_1 import *\n", ""),
    # Between integers, `/` was a division without remainder.
    ("case/case10_1_1.py", "len(self.payload) / ", "len(self.payload) // "),
    # The validator belongs to the library, which knows bytes.
    ("case/case6_x_x.py", "v.validate(vss[:i])", "v.validate(vss[:i].encode('latin-1'))"),
]

# The same, wherever it stands.
EDITS_EVERYWHERE = [
    # Python 3 refuses this order of bases: every class is an `object`.
    ("(object, Case, )", "(Case, )"),
    # Descriptions of cases show bytes in hexadecimal.
    ("binascii.b2a_hex(", "ascii("),
]


def sources(package):
    """The files to translate, by their path in the package."""
    cases = sorted(path for path in (package / "case").glob("*.py") if path.name != "case9_9_1.py")
    return cases + [package / "caseset.py", package / "fuzzing.py"]


def edited(name, text):
    """The text of a file with its edits."""
    for path, old, new in EDITS:
        if path == name:
            if old not in text:
                sys.exit(f"{name}: there is no {old!r}: is this another version of the suite?")
            text = text.replace(old, new)
    for old, new in EDITS_EVERYWHERE:
        text = text.replace(old, new)
    return text


def main():
    package = pathlib.Path(importlib.util.find_spec(PACKAGE).origin).parent
    target = pathlib.Path(sys.argv[1]) / PACKAGE
    shutil.rmtree(target, ignore_errors=True)
    tool = RefactoringTool(get_fixers_from_package("lib2to3.fixes"))
    for source in sources(package):
        name = source.relative_to(package).as_posix()
        # With the path of the original, lib2to3 sees which imports are local.
        # The parser wants a line end at the end, and some files have none.
        text = source.read_bytes().decode("latin-1").replace("\r\n", "\n") + "\n"
        tree = tool.refactor_string(edited(name, text), str(source))
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(tree), encoding="utf-8")
    # The package's own entry point would load every tool of the suite.
    (target / "__init__.py").write_text('version = "translated"\n', encoding="utf-8")


if __name__ == "__main__":
    main()
