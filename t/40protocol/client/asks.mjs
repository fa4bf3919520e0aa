/*
 * Acks the other way round, of every minor version of socket.io-client as it
 * was published: `node asks.mjs URL`, of a server with diagnostics.  The server
 * asks, each answer finds its question, whatever the order, binary too.
 */
import assert from 'node:assert/strict';

import { everyVersion, once } from './versions.mjs';

const [url] = process.argv.slice(2);

await everyVersion('sio', async (module, options) => {
    const { Manager } = module.Manager ? module : module.default;
    const manager = new Manager(url, { ...options, reconnection: false });
    const socket = manager.socket('/');
    const answers = [];
    const waiting = [];

    const failed = new Promise((_, reject) => {
        socket.on('disconnect', (reason) => reject(new Error(`lost: ${reason}`)));
        socket.on('connect_error', reject);
        manager.on('error', reject);
    });
    const soon = (promise) => Promise.race([promise, failed]);

    socket.on('answer', (...args) => answers.push(args));
    socket.on('question', (...args) => waiting.push(args));

    const connected = once(socket, 'connect');
    socket.connect();
    await soon(connected);

    for (let n = 0; n < 10; n++) {
        socket.emit('ask', n, Buffer.from([n]));
    }
    while (waiting.length < 10) {
        await soon(once(socket, 'question'));
    }

    /* the last question first, and each twice: once counts */
    for (const [n, bytes, answer] of waiting.reverse()) {
        assert.deepEqual(Buffer.from(bytes), Buffer.from([n]));
        answer({ n }, Buffer.from(`answer ${n}`));
        answer('again');
    }
    while (answers.length < 10) {
        await soon(once(socket, 'answer'));
    }
    assert.deepEqual(answers.map(([{ n }, bytes]) => [n, Buffer.from(bytes).toString()]),
        Array.from({ length: 10 }, (_, i) => [9 - i, `answer ${9 - i}`]));

    const ask = once(socket, 'question');
    socket.emit('ask');
    const [answer] = await soon(ask);
    const heard = once(socket, 'answer');
    answer();
    assert.deepEqual(await soon(heard), []);

    failed.catch(() => {});
    manager._close();
});
