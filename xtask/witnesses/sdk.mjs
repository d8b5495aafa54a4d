// The official JavaScript SDK against the mock's API, and `ws` on the sockets that it gives. What is satisfied is a line
// `ok …`.
//
//     MOCK=<the first line of `rosterline mock`> node sdk.mjs   (beside the node_modules with both)

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import process from "node:process";

// The packages are in the working folder, which is not that of this file.
const require = createRequire(`${process.cwd()}/`);
const platform = require("purecloud-platform-client-v2");
const { WebSocket } = require("ws");

const mock = JSON.parse(process.env.MOCK);
const url = new URL(mock.api_url);
const queues = mock.queues.map((id) => `v2.routing.queues.${id}.conversations`);
const client = platform.ApiClient.instance;
const notifications = new platform.NotificationsApi();
const conversations = new platform.ConversationsApi();

function ok(what) {
  console.log("ok", what);
}

/// The call fails in this way.
async function refused(call, status, code) {
  const error = await call.then(() => assert.fail(`not refused with ${code}`), (error) => error);
  assert.deepEqual([error.status, error.code], [status, code]);
}

async function token() {
  // Its setEnvironment cuts `http://` off.
  client.setGateway({
    host: url.hostname, protocol: "http", port: Number(url.port), path_params_login: "", path_params_api: "",
  });
  client.setAccessToken("nobody's");
  await refused(notifications.postNotificationsChannels(), 401, "bad.credentials");
  const granted = await client.loginClientCredentialsGrant(mock.client_id, mock.client_secret);
  assert.ok(granted.accessToken && granted.tokenExpiryTime > Date.now());
  ok("token");
}

async function channel() {
  const made = await notifications.postNotificationsChannels();
  assert.ok(made.connectUri.endsWith(made.id) && Date.parse(made.expires) > Date.now());
  ok("channel");
  const asked = [...queues, "v2.no.such.topic"].map((id) => ({ id }));
  const subscribe = (options) => notifications.postNotificationsChannelSubscriptions(made.id, asked, options);
  await refused(subscribe({}), 400, "notification.invalid.topic");
  const { entities } = await subscribe({ ignoreErrors: true });
  const states = entities.map(({ state }) => state);
  assert.deepEqual(states, [...queues.map(() => "Permitted"), "Rejected"]);
  const { entities: kept } = await notifications.getNotificationsChannelSubscriptions(made.id);
  assert.deepEqual(kept.map(({ id }) => id).sort(), [...queues].sort());
  ok("subscription");
  return made;
}

/// A socket, with its frames as they come.
async function open(uri, options) {
  const socket = new WebSocket(uri, options);
  const frames = [];
  let wake = () => {};
  socket.on("message", (data, binary) => {
    assert.ok(!binary);
    frames.push(JSON.parse(data));
    wake();
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  /// The next frame that is asked for; the others before it are left out.
  const next = async (wanted) => {
    for (;;) {
      while (frames.length > 0) {
        const frame = frames.shift();
        if (wanted(frame)) return frame;
      }
      await new Promise((resolve) => (wake = resolve));
    }
  };
  return { socket, next };
}

async function frames(made) {
  const gone = made.connectUri.replace(/[^/]*$/, "streaming-0-gone");
  const error = await open(gone).then(() => assert.fail("a socket on no channel"), (error) => error);
  assert.match(error.message, /404/);
  ok("no socket on no channel");
  const { socket, next } = await open(made.connectUri, { perMessageDeflate: false });
  const control = new Promise((resolve) => socket.once("pong", (data) => resolve(String(data))));
  // The CLI of Genesys sends such text, and the service does not mind.
  socket.send("12:00:00");
  socket.ping("hello");
  socket.send('{"message":"ping"}');
  assert.equal(await control, "hello");
  const pong = await next(({ topicName }) => topicName === "channel.metadata");
  assert.deepEqual(pong, { topicName: "channel.metadata", eventBody: { message: "pong" } });
  ok("ping, in text and as a frame");
  socket.send(JSON.stringify({ message: "subscribe", topics: queues.slice(0, 1), correlationId: "one" }));
  const answer = await next(({ correlationId }) => correlationId === "one");
  assert.deepEqual(answer, { result: "200", status: "subscribed", topics: queues.slice(0, 1), correlationId: "one" });
  ok("subscribe over the socket");
  const seen = new Set();
  while (seen.size < 3) {
    const { topicName, version, eventBody, metadata } = await next(({ version }) => version);
    assert.ok(queues.includes(topicName) && version === "2" && metadata.CorrelationId && eventBody.participants.length);
    seen.add(eventBody.id);
  }
  ok("notifications");
  const over = new Promise((resolve) => socket.once("close", resolve));
  const second = await open(made.connectUri, { perMessageDeflate: true });
  await next(({ topicName }) => topicName === `v2.system.no_longer_subscribed.${made.id}`);
  await over;
  await second.next(({ version }) => version);
  second.socket.close();
  ok("second socket");
  return [...seen];
}

async function queries(ids) {
  for (const id of ids) {
    const conversation = await conversations.getConversation(id);
    assert.ok(conversation.id === id && conversation.participants.length && conversation.startTime);
  }
  await refused(conversations.getConversation("no-such"), 404, "conversation.error.conversation.not.found");
  ok("conversation");
  const interval = [Date.now() - 3_600_000, Date.now()].map((at) => new Date(at).toISOString()).join("/");
  const wanted = new Set(ids);
  // The analytics are late.
  for (let page = 1; wanted.size > 0; ) {
    const query = { interval, order: "asc", paging: { pageSize: 50, pageNumber: page } };
    const found = await conversations.postAnalyticsConversationsDetailsQuery(query);
    (found.conversations ?? []).forEach(({ conversationId }) => wanted.delete(conversationId));
    page = page * 50 < found.totalHits ? page + 1 : 1;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  ok("analytics details query");
}

await token();
await queries(await frames(await channel()));
// The SDK looks after its configuration file for as long as the process lives.
process.exit(0);
