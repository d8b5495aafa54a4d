"""The fuzzing server of Autobahn|Testsuite, as translate.py left it, on a free port of the loopback.

    python server.py REPORT

It prints its port, and ends when its standard input does. What becomes of a case is a line of the file REPORT: the
case, how the client behaved, how it closed, and the words of the suite for both, with tabs between them.
"""

import sys

import shim  # first: what follows does not load without it
from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahntestsuite.case.case import Case
from autobahntestsuite.fuzzing import FuzzingServerFactory, FuzzingServerProtocol
from twisted.internet import reactor

HOST = "127.0.0.1"

# The suite gives a client half a second for most answers, and a busy machine may need it. So many times as much is
# only taken by a hang.
PATIENCE = 5


def to_bytes(text):
    """What goes out: a string of the suite is a row of bytes."""
    return text.encode("latin-1") if isinstance(text, str) else text


def from_bytes(data):
    """What came in, as the cases expect it."""
    return bytes(data).decode("latin-1")


class Protocol(FuzzingServerProtocol):
    """One connection: between the cases, which know strings, and the library, which knows bytes."""

    def sendFrame(self, opcode, payload=b"", payload_len=None, **how):
        payload = to_bytes(payload)
        if payload_len is not None:
            times, rest = divmod(payload_len, len(payload))
            payload = payload * times + payload[:rest]
        super().sendFrame(opcode=opcode, payload=payload, **how)

    def sendMessage(self, payload, *how, **named):
        super().sendMessage(to_bytes(payload), *how, **named)

    def sendMessageFrameData(self, payload, *how, **named):
        return super().sendMessageFrameData(to_bytes(payload), *how, **named)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        super().sendCloseFrame(code, to_bytes(reasonUtf8), isReply)

    def onMessage(self, payload, isBinary):
        super().onMessage(from_bytes(payload), isBinary)

    def onPing(self, payload):
        super().onPing(from_bytes(payload))

    def onPong(self, payload):
        super().onPong(from_bytes(payload))

    def killAfter(self, delay):
        super().killAfter(delay * PATIENCE)

    def logTxFrame(self, frameHeader, *_):
        # No log, but one case counts frames.
        self.txFrameStats[frameHeader.opcode] = self.txFrameStats.get(frameHeader.opcode, 0) + 1

    def logRxFrame(self, frameHeader, payload):
        pass

    def connectionLost(self, reason):
        WebSocketServerProtocol.connectionLost(self, reason)
        if self.runCase:
            self.runCase.onConnectionLost(self.failedByMe)
            self.factory.keep(self.runCase)


class Factory(FuzzingServerFactory):
    """Every case, and the report."""

    protocol = Protocol

    def __init__(self, report):
        super().__init__({"url": f"ws://{HOST}:1", "cases": ["*"]})
        # Line by line: what a client that hangs has done until then is told too.
        self.report = open(report, "w", buffering=1, encoding="utf-8")
        self.logOctets = False

    def keep(self, run):
        case = self.CaseSet.caseClasstoId(type(run))
        self.report.write(f"{case}\t{run.behavior}\t{run.behaviorClose}\t{run.result} {run.resultClose}\n")

    def createReports(self):
        pass


def main():
    told, sys.stdout = sys.stdout, sys.stderr
    # The suite compares by pickling, which also tells apart what is only stored in another way.
    Case.compare = lambda self, left, right: left == right
    factory = Factory(sys.argv[1])
    port = reactor.listenTCP(0, factory, interface=HOST).getHost().port
    # The library compares the port with the header `Host`.
    factory.setSessionParameters(url=f"ws://{HOST}:{port}")
    print(port, file=told, flush=True)

    def wait_for_the_end():
        sys.stdin.read()
        reactor.callFromThread(reactor.stop)

    reactor.callInThread(wait_for_the_end)
    reactor.run()


if __name__ == "__main__":
    main()
