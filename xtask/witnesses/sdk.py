"""The official Python SDK, against the mock's API. What is satisfied is a line `ok …`.

    MOCK=<the first line of `rosterline mock`> python sdk.py
"""

import json
import os
import time
from datetime import datetime, timedelta, timezone

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException

import models

MOCK = json.loads(os.environ["MOCK"])
# Long enough that every medium and every end of a conversation has been there.
WATCH = 15


def ok(what):
    print("ok", what, flush=True)


def refused(call, status, code):
    """The call fails in this way, and says so in an ErrorBody."""
    try:
        call()
    except ApiException as error:
        body = models.parse(json.loads(error.body), "ErrorBody")
        assert (error.status, body.status, body.code) == (status, status, code), error
        return body
    raise AssertionError(f"this was not refused with {code}")


class Witness:
    def __init__(self):
        sdk.configuration.host = MOCK["api_url"]
        self.client = sdk.ApiClient().get_client_credentials_token(MOCK["client_id"], MOCK["client_secret"])
        assert self.client.access_token
        self.notifications = sdk.NotificationsApi(self.client)
        self.conversations = sdk.ConversationsApi(self.client)
        self.routing = sdk.RoutingApi(self.client)

    def known(self, answer, kind):
        """The answer, after a look at what the SDK made it from."""
        models.parse(json.loads(self.client.last_response.data), kind)
        assert type(answer).__name__ == kind, answer
        return answer

    def token(self):
        """One was given; another is refused. The mock gives one to every client, so that nothing is refused there."""
        stranger = sdk.ApiClient()
        stranger.access_token = "nobody's"
        refused(sdk.NotificationsApi(stranger).post_notifications_channels, 401, "bad.credentials")
        ok("token")

    def channel(self):
        channel = self.known(self.notifications.post_notifications_channels(), "Channel")
        assert channel.connect_uri.endswith(channel.id)
        left = channel.expires - datetime.now(timezone.utc)
        assert timedelta(hours=23) < left <= timedelta(hours=24, minutes=1), left
        listing = self.known(self.notifications.get_notifications_channels(), "ChannelEntityListing")
        assert channel.id in [it.id for it in listing.entities]
        self.notifications.head_notifications_channel(channel.id)
        ok("channel")
        return channel.id

    def subscriptions(self, channel):
        one, other, third = [f"v2.routing.queues.{queue}.conversations" for queue in MOCK["queues"][:3]]
        api = self.notifications

        def topics(listing):
            return [(row.id, row.state) for row in self.known(listing, "ChannelTopicEntityListing").entities]

        def body(*ids):
            return [{"id": id} for id in ids]

        def present():
            return {id for id, _ in topics(api.get_notifications_channel_subscriptions(channel))}

        added = topics(api.post_notifications_channel_subscriptions(channel, body(one)))
        assert added == [(one, "Permitted")], added
        api.post_notifications_channel_subscriptions(channel, body(other))
        assert present() == {one, other}
        api.put_notifications_channel_subscriptions(channel, body(third))
        assert present() == {third}
        ok("subscriptions")
        bad = body("v2.no.such.topic", one)
        post = api.post_notifications_channel_subscriptions
        refused(lambda: post(channel, bad), 400, "notification.invalid.topic")
        assert present() == {third}
        rows = dict(topics(post(channel, bad, ignore_errors=True)))
        assert rows == {"v2.no.such.topic": "Rejected", one: "Permitted"}, rows
        refused(lambda: post("streaming-0-gone", body(one)), 404, "not.found")
        ok("rejected topics")
        api.delete_notifications_channel_subscriptions(channel)
        assert present() == set()
        ok("clear")

    def queues(self):
        listing = self.known(self.routing.get_routing_queues(page_size=2), "QueueEntityListing")
        assert (len(listing.entities), listing.total) == (2, len(MOCK["queues"])), listing
        ok("queues")

    def query(self, **more):
        now = datetime.now(timezone.utc)
        bounds = [now - timedelta(hours=1), now]
        interval = "/".join(it.strftime("%Y-%m-%dT%H:%M:%S.000Z") for it in bounds)
        body = {"interval": interval, "order": "desc", "paging": {"pageSize": 100, "pageNumber": 1}, **more}
        answer = self.conversations.post_analytics_conversations_details_query(body)
        return self.known(answer, "AnalyticsConversationQueryResponse")

    def watch(self):
        """Conversations as they go on, in both shapes."""
        seen, media, ended = {}, set(), False
        until = time.monotonic() + WATCH
        while time.monotonic() < until:
            for found in self.query().conversations or []:
                media |= {it.media_type for party in found.participants for it in party.sessions}
                ended |= found.conversation_end is not None
                seen[found.conversation_id] = found
            time.sleep(1)
        assert seen and ended, (len(seen), ended)
        ok("analytics details query")
        for id, found in list(seen.items())[:40]:
            conversation = self.known(self.conversations.get_conversation(id), "Conversation")
            parties = {party.id for party in conversation.participants}
            assert {party.participant_id for party in found.participants} <= parties, id
        refused(lambda: self.conversations.get_conversation("no-such"), 404, NO_CONVERSATION)
        ok("conversation")
        print(len(seen), "conversations, on", ", ".join(sorted(media)))

    def filters(self):
        queue = MOCK["queues"][0]
        of_queue = {"type": "dimension", "dimension": "queueId", "operator": "matches", "value": queue}
        open_ones = {"type": "dimension", "dimension": "conversationEnd", "operator": "notExists"}
        found = self.query(segmentFilters=[{"type": "and", "predicates": [of_queue]}])
        for it in found.conversations:
            queues = {s.queue_id for p in it.participants for session in p.sessions for s in session.segments}
            assert queue in queues, it.conversation_id
        found = self.query(conversationFilters=[{"type": "and", "predicates": [open_ones]}])
        assert all(it.conversation_end is None for it in found.conversations)
        starts = [it.conversation_start for it in found.conversations]
        assert starts == sorted(starts, reverse=True)
        many = {"pageSize": 100, "pageNumber": 1001}
        refused(lambda: self.query(paging=many), 400, "bad.request")
        ok("filters and pages")


NO_CONVERSATION = "conversation.error.conversation.not.found"

witness = Witness()
witness.token()
witness.subscriptions(witness.channel())
witness.queues()
witness.watch()
witness.filters()
