/*
 * socket.io-client, every minor version as it was published: `node socket.mjs
 * URL`, of a server with diagnostics.  Its auth comes back, and whatever is
 * emitted, with and without an answer, binary too, while the transport changes.
 */
import assert from 'node:assert/strict';

import { everyVersion, once } from './versions.mjs';

const [url] = process.argv.slice(2);

const bytes = Buffer.from([...Array(256).keys()]);

const MESSAGES = [
    [], [1, '2', { 3: [true, null] }], ['h\u00e9\u6f22\u{1f600}"\\\n'],
    [bytes], [{ a: bytes, b: [bytes, 'text', Buffer.alloc(0)] }, 'behind'],
    ['y'.repeat(150_000), Buffer.alloc(50_000, 7)],
    ...Array.from({ length: 50 }, (_, i) => (i % 5 ? [i] : [i, Buffer.from([i])])),
];

/* Buffers for whatever this version makes of bytes. */
function plain(value) {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        return Buffer.from(value);
    }

    if (Array.isArray(value)) {
        return value.map(plain);
    }

    return value && typeof value === 'object' ? Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, plain(one)])) : value;
}

await everyVersion('sio', async (module, options, mode) => {
    const { Manager } = module.Manager ? module : module.default;
    const manager = new Manager(url, { ...options, reconnection: false });
    const auth = { name: 'h\u00e9', list: [1, 2] };
    const socket = manager.socket('/', { auth });
    const custom = manager.socket('/custom', { auth: { to: 'custom' } });
    const none = manager.socket('/none');
    const heard = [];
    const sent = [];
    let upgraded = false;

    const failed = new Promise((_, reject) => {
        socket.on('disconnect', (reason) => reject(new Error(`lost: ${reason}`)));
        socket.on('connect_error', reject);
        manager.on('error', reject);
    });
    const soon = (promise) => Promise.race([promise, failed]);

    manager.on('open', () => manager.engine.on('upgrade', () => { upgraded = true; }));
    socket.on('message-back', (...args) => heard.push(plain(args)));

    const greetings = [socket, custom].map((one) => once(one, 'auth'));
    const refused = once(none, 'connect_error');
    [socket, custom, none].forEach((one) => one.connect());

    assert.deepEqual(await soon(Promise.all(greetings)),
        [[auth], [{ to: 'custom' }]]);
    assert.equal((await soon(refused))[0].message, 'Invalid namespace');

    async function tell() {
        for (const args of MESSAGES) {
            socket.emit('message', ...args);
            sent.push(args);
            await new Promise(setImmediate);
        }
        while (heard.length < sent.length) {
            await soon(once(socket, 'message-back'));
        }
        const answers = MESSAGES.map((args) => new Promise((resolve) => {
            socket.emit('message-with-ack', ...args,
                (...back) => resolve(plain(back)));
        }));
        assert.deepEqual(await soon(Promise.all(answers)), MESSAGES);
    }

    await tell();
    while (mode === 'upgrade' && !upgraded) {
        await soon(once(manager.engine, 'packet'));
    }
    await tell();
    assert.deepEqual(heard, sent);

    const first = socket.id;
    failed.catch(() => {});
    socket.disconnect();
    const again = once(socket, 'auth');
    socket.connect();
    await again;
    assert.notEqual(socket.id, first);
    manager._close();
});
