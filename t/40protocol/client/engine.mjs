/*
 * engine.io-client, every minor version as it was published: `node engine.mjs
 * URL`, of a server that echoes and pings often.  Whatever is sent, also while
 * the transport changes, comes back once, in order, as it was.
 */
import assert from 'node:assert/strict';

import { everyVersion, once } from './versions.mjs';

const [url] = process.argv.slice(2);

const MESSAGES = [
    'plain', '', 'h\u00e9\u6f22\u{1f600}"\\\n', Buffer.from([...Array(256).keys()]),
    Buffer.alloc(0), 'y'.repeat(200_000), Buffer.alloc(100_000, 7),
    ...Array.from({ length: 100 }, (_, i) => `number ${i}`),
];

await everyVersion('eio', async (module, options, mode) => {
    const Socket = module.Socket ?? module.default.Socket;
    const socket = new Socket(url, options);
    const sent = [];
    const heard = [];
    let pings = 0;
    let upgraded = false;

    socket.binaryType = 'arraybuffer';
    socket.on('packet', (packet) => { pings += packet.type === 'ping' ? 1 : 0; });
    /* they give no data for an empty text */
    socket.on('message', (data = '') => heard.push(
        typeof data === 'string' ? data : Buffer.from(data)));
    socket.on('upgrade', () => { upgraded = true; });

    const failed = new Promise((_, reject) => {
        socket.on('error', (error) => reject(error));
        socket.on('close', (reason) => reject(new Error(`closed: ${reason}`)));
    });

    async function send(messages) {
        for (const message of messages) {
            socket.send(message);
            sent.push(message);
            await new Promise(setImmediate);
        }
    }

    async function until(condition) {
        while (!condition()) {
            await Promise.race([once(socket, 'packet'), failed]);
            await new Promise(setImmediate);
        }
    }

    await Promise.race([once(socket, 'open'), failed]);
    await send(MESSAGES);
    await until(() => heard.length >= sent.length
        && (mode !== 'upgrade' || upgraded) && pings >= 2);
    await send(MESSAGES);
    await until(() => heard.length >= sent.length);
    assert.deepEqual(heard, sent);

    const closed = once(socket, 'close');
    failed.catch(() => {});
    socket.close();
    assert.equal((await closed)[0], 'forced close');
});
