"""Makes the translated cases and Autobahn's own library, both of 2015, load on a Python of today.

Import this before either.
"""

import collections
import collections.abc
import importlib.util
import pathlib
import sys
import types

import txaio


def stand_in(name, **contents):
    """A module with these contents, in place of one that would bring a whole package along."""
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    sys.modules[name] = module


def resource_filename(package, name):
    """Where a file of an installed package lies: all that is asked of pkg_resources."""
    for folder in map(pathlib.Path, sys.path):
        if (folder / package / name).exists():
            return str(folder / package / name)
    raise FileNotFoundError(f"{package}/{name}")


# Since Python 3.10 these are only found where they belong.
for name in ("Callable", "Iterable", "Mapping", "MutableMapping", "Sequence"):
    setattr(collections, name, getattr(collections.abc, name))

stand_in("pkg_resources", resource_filename=resource_filename)
# We serve no TLS and write no HTML.
stand_in("twisted.internet.ssl")
stand_in("autobahntestsuite.report", CSS_COMMON="", CSS_DETAIL_REPORT="", CSS_MASTER_REPORT="", JS_MASTER_REPORT="")

# Formerly the default.
txaio.use_twisted()

from autobahn.websocket import protocol, utf8validator  # after the above: it does not load without it


class QuickMasker:
    """The masking of frames, which the library does byte by byte: with megabytes, most of the time of a run."""

    def __init__(self, mask):
        self.mask = mask
        self.done = 0

    def pointer(self):
        return self.done

    def process(self, data):
        start = self.done % 4
        self.done += len(data)
        mask = (self.mask * (len(data) // 4 + 2))[start : start + len(data)]
        return (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(data), "big")


class QuickValidator(utf8validator.Utf8Validator):
    """The check of incoming text, with a short cut for text that is plain ASCII."""

    def validate(self, data):
        if self.state != utf8validator.UTF8_ACCEPT or not data.isascii():
            return super().validate(data)
        self.i += len(data)
        return True, True, len(data), self.i


protocol.createXorMasker = lambda mask, length=None: QuickMasker(mask)
protocol.Utf8Validator = QuickValidator
