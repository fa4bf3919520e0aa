/*
 * Two people with socket.io-client as it is published: `node two_people.mjs
 * URL RUN`; RUN sets their addresses apart from those of other runs.  Each check
 * is a line "ok TEXT" or "not ok TEXT" (Chat::Node).
 */
import { io } from 'socket.io-client';
import { check, register } from '../../lib/person.mjs';

const [url, run] = process.argv.slice(2);
const ANSWER_MS = 20_000;

/* What comes before somebody asks for it is kept. */
function open(token) {
    const socket = io(url, { transports: ['websocket'], auth: { token }, forceNew: true });
    const heard = [];
    const waiting = [];

    socket.onAny((name, ...args) => {
        const index = waiting.findIndex((one) => one.name === name);

        if (index === -1) {
            heard.push({ name, args });
        } else {
            waiting.splice(index, 1)[0].resolve(args);
        }
    });

    socket.hear = (name) => new Promise((resolve, reject) => {
        const index = heard.findIndex((one) => one.name === name);

        if (index !== -1) {
            resolve(heard.splice(index, 1)[0].args);
            return;
        }

        waiting.push({ name, resolve });
        setTimeout(() => reject(new Error(`${name} did not come`)), ANSWER_MS).unref();
    });

    return socket;
}

function connected(socket) {
    return new Promise((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
    });
}

const alice = await register(url, 'alice', run);
const bob = await register(url, 'bob', run);
const [a, b] = [open(alice.token), open(bob.token)];

await Promise.all([connected(a), connected(b)]);
check(a.id !== undefined && a.id !== b.id, 'both connect', [a.id, b.id]);

const [hello] = await a.hear('authenticated');
check(hello.user._id === alice.user._id, 'authenticated names the user', hello);

const answer = await a.timeout(ANSWER_MS).emitWithAck('send-message', {
    to: bob.user._id, text: 'Hello 👋', clientId: 'real-1',
});
check(answer.ok && answer.message.text === 'Hello 👋', 'the send is acknowledged', answer);

const [message] = await b.hear('new-message');
check(message._id === answer.message._id, 'the other hears it', message);

const [delivered] = await a.hear('message-status');
check(delivered.status === 'delivered' && delivered.upToSeq === 1, 'delivered', delivered);

const read = await b.timeout(ANSWER_MS).emitWithAck('mark-as-read', {
    conversationId: message.conversationId, seq: message.seq,
});
check(read.ok, 'reading is acknowledged', read);

const [told] = await a.hear('message-status');
check(told.status === 'read' && told.userId === bob.user._id, 'read', told);

/* A client whose connection breaks comes back by itself. */
b.io.engine.close();
await connected(b);
a.emit('send-message', { to: bob.user._id, text: 'again' });
const [again] = await b.hear('new-message');
check(again.text === 'again', 'after a broken connection it hears again', again);

const stranger = io(url, {
    transports: ['websocket'], auth: { token: 'junk' }, forceNew: true,
});
const refused = await new Promise((resolve) => { stranger.once('connect_error', resolve); });
check(!stranger.connected && typeof refused.message === 'string', 'junk is refused',
    refused.message);
check(!stranger.active, 'and the client does not try again', stranger.active);

[a, b, stranger].forEach((socket) => { socket.disconnect(); });
