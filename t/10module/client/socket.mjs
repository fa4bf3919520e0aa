/*
 * The module seen by socket.io-client as it is published: `node socket.mjs URL
 * TOKEN OTHER_TOKEN NAME`.  The worker echoes an event's first argument; "kick"
 * closes the user's sockets, "flood" sends 200 events of 50,000 bytes.  Each
 * check is a line "ok TEXT" or "not ok TEXT" (Chat::Node).
 */
import { io } from 'socket.io-client';

const [url, token, other, name] = process.argv.slice(2);
const EVENTS = 200;

function check(holds, text, got) {
    console.log(`${holds ? 'ok' : 'not ok'} ${name}: ${text}`);

    if (!holds) {
        console.log(`got ${JSON.stringify(got)}`);
    }
}

function open(auth, nsp = '') {
    return io(url + nsp, {
        transports: ['websocket'], auth, forceNew: true, reconnectionDelay: 100,
        rejectUnauthorized: false,
    });
}

const once = (socket, event) => new Promise((resolve) => {
    socket.once(event, (...args) => resolve(args));
});


const alice = open({ token });
await once(alice, 'authenticated');
check(alice.id.length === 20, 'a socket is granted', alice.id);

const text = 'h\u00e9\u6f22\u{1f600}"\\\n';
check(await alice.emitWithAck('echo', text) === text, 'text comes back as it was');

const long = 'y'.repeat(200_000);
check(await alice.emitWithAck('echo', long) === long, 'a long one too');

const answers = await Promise.all(Array.from({ length: 300 },
    (_, i) => alice.emitWithAck('echo', i)));
check(answers.every((answer, i) => answer === i), '300 at once are all answered');

const stranger = open({ token: 'junk' });
const [refusal] = await once(stranger, 'connect_error');
check(refusal.data?.code === 'unauthorized', 'a bad token is refused', refusal.message);
stranger.close();

const elsewhere = open({ token }, '/admin');
const [unknown] = await once(elsewhere, 'connect_error');
check(unknown.message === 'Invalid namespace', 'an unknown namespace', unknown.message);
elsewhere.close();

const kicked = once(alice, 'disconnect');
alice.emit('kick');
const [reason] = await kicked;
check(reason === 'io server disconnect', 'who is kicked stays away', reason);

const bob = open({ token: other });
await once(bob, 'authenticated');
bob.disconnect();
bob.connect();
await once(bob, 'authenticated');
check(true, 'who disconnects may connect again');

const lost = once(bob, 'disconnect');
bob.io.engine.close();
await lost;
await once(bob, 'authenticated');
check(true, 'who lost the connection comes back');

const flood = new Promise((resolve) => {
    let count = 0;
    bob.on('flood', (data) => {
        count += data.length === 50_000 ? 1 : 0;
        if (count === EVENTS) {
            resolve(count);
        }
    });
});
bob.emit('flood');
check(await flood === EVENTS, 'ten megabytes at once arrive');

bob.disconnect();
