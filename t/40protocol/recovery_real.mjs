/*
 * socket.io-client as published, cut again and again: `node recovery_real.mjs
 * URL CUTS RUN`.  Every second cut is silent: the old connection stays open and
 * is not read, the client believes that it is gone.  Each message has to come
 * once, in order, over all connections.
 */
import { io } from 'socket.io-client';
import { check, register } from '../lib/person.mjs';

const [url, cuts, run] = process.argv.slice(2);

function open(token) {
    return io(url, { transports: ['websocket'], auth: { token }, forceNew: true,
        reconnectionDelay: 1, reconnectionDelayMax: 20 });
}

/* Nothing that comes is heard any more, and the server is not told. */
function cut(socket, silent) {
    const engine = socket.io.engine;

    if (!silent) {
        engine.close();
        return undefined;
    }

    const ws = engine.transport.ws;

    ws.onmessage = () => {};
    ws.onclose = () => {};
    ws.onerror = () => {};
    engine.transport.doClose = () => {};
    engine.transport.onClose('cut');
    return ws;
}

const connected = (socket) => (socket.connected ? Promise.resolve()
    : new Promise((resolve) => { socket.once('connect', resolve); }));

const alice = await register(url, 'alice', run);
const bob = await register(url, 'bob', run);
const [a, b] = [open(alice.token), open(bob.token)];
const heard = [];
const hellos = [];
const silent = [];
let sent = 0;
let running = true;

b.on('new-message', (message) => { heard.push(Number(message.text)); });
b.on('authenticated', (hello) => { hellos.push(hello.recovered); });
await Promise.all([connected(a), connected(b)]);
const first = b.id;

async function write() {
    while (running) {
        await a.emitWithAck('send-message', { to: bob.user._id, text: String(sent) });
        sent += 1;
    }
}

const writing = write();
let lost = 0;

for (let i = 0; i < cuts; i += 1) {
    await new Promise((resolve) => { setTimeout(resolve, Math.random() * 25); });

    const ws = cut(b, i % 2 === 1);
    if (ws) {
        silent.push(ws);
    }

    await new Promise((resolve) => { b.once('connect', resolve); });
    lost += b.recovered && b.id === first ? 0 : 1;
}

running = false;
await writing;

const end = Date.now() + 10_000;
while (heard.length < sent && Date.now() < end) {
    await new Promise((resolve) => { setTimeout(resolve, 10); });
}

check(lost === 0, `${cuts} cuts are recovered, in the same session`, lost);
check(heard.length === sent, `all ${sent} messages came, none twice`, heard.length);
check(heard.every((n, i) => n === i), 'in order',
    heard.findIndex((n, i) => n !== i));
check(silent.every((ws) => ws.readyState >= 2), 'the silent connections were closed',
    silent.map((ws) => ws.readyState));

[a, b].forEach((socket) => { socket.disconnect(); });
silent.forEach((ws) => { ws.terminate(); });
