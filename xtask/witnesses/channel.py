"""genesys-notifications, against the mock's sockets, and what they carry against the models of the official SDK. What
is satisfied is a line `ok …`.

    MOCK=<the first line of `rosterline mock`> python channel.py
"""

import asyncio
import json
import logging
import os
import re
import types

import genesys_notifications.channel
import PureCloudPlatformClientV2 as sdk
import websockets
from genesys_notifications import Channel
from genesys_notifications.exceptions import InitializationFailure, SubscriptionFailure

import models

MOCK = json.loads(os.environ["MOCK"])
FAMILIES = 5
# A heartbeat comes every 30 s; when the library lost its connection and opened another, the next is as far again.
PATIENCE = 100
MEDIA = {"calls": "Call", "callbacks": "Callback", "chats": "Chat", "emails": "Email", "messages": "Message"}
# Conversations whose detail events are asked for: a channel has no more than 1,000 topics.
DETAILED = 20
DETAILS = [f"{who}.{what}" for who in ("customer", "acd", "flow", "user") for what in ("start", "end")]


def patch():
    """From 3.11 on asyncio.wait takes no coroutines, and the library gives it one. It did so itself before."""

    async def wait(awaitables, **how):
        return await asyncio.wait([asyncio.ensure_future(it) for it in awaitables], **how)

    genesys_notifications.channel.asyncio = types.SimpleNamespace(**{**vars(asyncio), "wait": wait})


def ok(what):
    print("ok", what, flush=True)


def kind(topic):
    """The family of a topic, and the model of what it carries."""
    detail = re.fullmatch(r"v2\.detail\.events\.conversation\.[^.]+\.(.*)", topic)
    if detail:
        name = "".join(part.title() for part in detail[1].split("."))
        return "detail events", f"{name}DetailEventTopic{name}Event"
    whose, media = re.fullmatch(r"v2\.(routing\.queues|users)\.[^.]+\.conversations\.?(.*)", topic).groups()
    of, prefix = ("queue", "Queue") if whose == "routing.queues" else ("user", "")
    if not media:
        return f"conversations of a {of}", f"{prefix}ConversationEventTopicConversation"
    name = MEDIA[media]
    return f"one medium of a {of}", f"{prefix}Conversation{name}EventTopic{name}Conversation"


class Heard(logging.Handler):
    """What the library says of frames that it keeps to itself."""

    def __init__(self):
        super().__init__()
        self.words = set()

    def emit(self, record):
        words = record.getMessage()
        if not words.startswith("received:"):
            self.words.add(words)


class Witness:
    def __init__(self):
        sdk.configuration.host = MOCK["api_url"]
        client = sdk.ApiClient().get_client_credentials_token(MOCK["client_id"], MOCK["client_secret"])
        self.api = sdk.NotificationsApi(client)
        self.heard = Heard()
        self.logger = logging.Logger("witness", logging.DEBUG)
        self.logger.addHandler(self.heard)
        self.frames = {}
        self.conversations = set()

    def channel(self, topics, uri=None):
        self.made = self.api.post_notifications_channels()
        return Channel(uri or self.made.connect_uri, topics, logger=self.logger)

    async def refusals(self):
        """What the library makes of a channel that is not there, and of a topic that is none."""
        gone = self.channel([], uri=re.sub(r"[^/]*$", "streaming-0-gone", self.channel([])._uri))
        try:
            await gone
        except InitializationFailure as failure:
            assert failure.original.original.status_code == 404, failure.original.original
        else:
            raise AssertionError("a socket was opened on no channel")
        wrong = self.channel(["v2.no.such.topic"])
        await wrong
        try:
            await asyncio.wait_for(anext(wrong), PATIENCE)
        except SubscriptionFailure as failure:
            # What it says is known of no source.
            assert failure.message
        else:
            raise AssertionError("a topic that is none was permitted")
        await wrong.close()
        ok("refusals")

    async def take(self, notification):
        """Keeps a notification for later: the library drops a connection whose pongs are late by a second."""
        family, model = kind(notification["topicName"])
        self.frames.setdefault(family, {}).setdefault(model, []).append(notification)
        conversation = notification["eventBody"].get("id")
        if family == "conversations of a queue" and conversation not in self.conversations:
            self.conversations.add(conversation)
            if len(self.conversations) <= DETAILED:
                topics = [f"v2.detail.events.conversation.{conversation}.{name}" for name in DETAILS]
                subscribe = self.api.post_notifications_channel_subscriptions
                await asyncio.to_thread(subscribe, self.made.id, [{"id": topic} for topic in topics])

    def examine(self):
        """The envelope of each notification, and a body that the SDK's models know."""
        for family, kinds in self.frames.items():
            for model, notifications in kinds.items():
                for it in notifications:
                    assert sorted(it) == ["eventBody", "metadata", "topicName", "version"], it
                    assert it["version"] == "2" and it["metadata"]["CorrelationId"], it
                    models.parse(it["eventBody"], model)
            assert sum(map(len, kinds.values())) >= 3, family
            ok(family)

    async def listen(self):
        lists = [""] + [f".{name}" for name in MEDIA]
        queues = [f"v2.routing.queues.{id}.conversations{name}" for id in MOCK["queues"] for name in lists]
        users = [f"v2.users.{id}.conversations{name}" for id in MOCK["users"] for name in lists]
        channel = self.channel(queues + users)
        await channel
        await channel._connection.send('{"message":"ping"}')
        wanted = {"got heartbeat", "got health check reply", "topic subscription successful"}

        async def all_is_there():
            while not wanted <= self.heard.words or len(self.frames) < FAMILIES:
                await self.take(await anext(channel))

        await asyncio.wait_for(all_is_there(), PATIENCE)
        ok("subscribe over the socket")
        ok("heartbeat and pong")
        return channel

    async def second_socket(self, channel):
        """It ends the first, which is told why."""
        async with websockets.connect(self.made.connect_uri):
            topic = ""
            while not topic.startswith("v2.system."):
                notification = await asyncio.wait_for(anext(channel), PATIENCE)
                topic = notification["topicName"]
        assert topic == f"v2.system.no_longer_subscribed.{self.made.id}", topic
        message = models.parse(notification["eventBody"], "SystemMessageSystemMessage")
        assert message.reason == "another_channel_subscribed", message
        await channel.close()
        ok("second socket")


async def main():
    patch()
    witness = Witness()
    await witness.refusals()
    channel = await witness.listen()
    await witness.second_socket(channel)
    witness.examine()
    for kinds in witness.frames.values():
        print(", ".join(f"{len(frames)} {model}" for model, frames in sorted(kinds.items())))
    for words in sorted(witness.heard.words):
        if words.startswith("unexpected"):
            print("the library says:", words)


asyncio.run(main())
