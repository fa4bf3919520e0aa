/*
 * A crowd of the published clients: `node crowd.mjs URL TOKEN COUNT
 * TRANSPORTS`.  Half of the clients are engine.io-client at an echo, which
 * number what they say and want it back once and in order; half are
 * socket.io-client, which hear a stream of numbered events that somebody else
 * sends all the time, and ask for answers.  With both transports, as they are by
 * default, each goes on until its upgrade is done and some more.  Each check is
 * a line "ok TEXT" or "not ok TEXT" (Chat::Node).
 */
import { createRequire } from 'node:module';
import { io } from 'socket.io-client';

const { Socket: Engine } = createRequire(import.meta.resolve('socket.io-client'))(
    'engine.io-client');

const [url, token, count, list] = process.argv.slice(2);
const transports = list.split(',');
const willUpgrade = transports.length > 1;
const AT_ONCE = 40;
const AFTER = 20;              /* messages behind the upgrade, or all */
const TOO_LONG_MS = 20_000;

const failures = [];
let upgrades = 0;

function deadline(name, reject) {
    return setTimeout(() => reject(new Error(`${name}: too long`)), TOO_LONG_MS);
}

/* What engine.io-client says before, while and after it upgrades comes back. */
function echo(name) {
    return new Promise((resolve, reject) => {
        const engine = new Engine(url, {
            path: '/engine.io/', transports, rejectUnauthorized: false,
        });
        const late = deadline(name, reject);
        let said = 0;
        let heard = 0;
        let until = willUpgrade ? Infinity : AFTER;

        const talk = setInterval(() => {
            if (said < until) {
                engine.send(said % 5 ? `${said}` : new Uint8Array([said & 255]));
                said++;
            }
        }, 2);

        function done(error) {
            clearTimeout(late);
            clearInterval(talk);
            engine.off('close');
            engine.close();
            error ? reject(error) : resolve();
        }

        engine.on('upgrade', () => {
            upgrades++;
            until = said + AFTER;
        });

        engine.on('message', (data) => {
            const text = typeof data === 'string' ? data : `${new Uint8Array(data)[0]}`;
            const expected = heard % 5 ? `${heard}` : `${heard & 255}`;

            if (text !== expected) {
                done(new Error(`${name}: ${text} instead of ${expected}`));
                return;
            }

            if (++heard === until) {
                done();
            }
        });

        engine.on('upgradeError', (error) => done(new Error(`${name}: ${error}`)));
        engine.on('close', (why, detail) => {
            done(new Error(`${name}: closed: ${why} ${detail?.message ?? detail}`));
        });
    });
}

/* What everybody is told arrives without a gap, once joined. */
function listen(name) {
    return new Promise((resolve, reject) => {
        const socket = io(url, {
            auth: { token }, transports, forceNew: true, reconnection: false,
            rejectUnauthorized: false,
        });
        const late = deadline(name, reject);
        let next;
        let after = 0;
        let upgraded = !willUpgrade;
        let answers = 0;

        function done(error) {
            clearTimeout(late);
            socket.off('disconnect');
            socket.disconnect();
            error ? reject(error) : resolve();
        }

        socket.io.engine.on('upgrade', () => {
            upgrades++;
            upgraded = true;
        });

        socket.on('connect', () => {
            for (let i = 0; i < AFTER; i++) {
                socket.emit('echo', i, (answer) => {
                    if (answer !== answers++) {
                        done(new Error(`${name}: answer ${answer} is the ${answers}th`));
                    }
                });
            }
        });

        socket.on('tick', ({ n }) => {
            if (next !== undefined && n !== next) {
                done(new Error(`${name}: tick ${n} instead of ${next}`));
                return;
            }

            next = n + 1;

            if (upgraded && answers === AFTER && ++after === AFTER) {
                done();
            }
        });

        socket.on('connect_error', (error) => done(new Error(`${name}: ${error}`)));
        socket.on('disconnect', (why, detail) => {
            done(new Error(`${name}: ${why} ${detail?.description ?? ''}`));
        });
    });
}

async function queue(next) {
    for (let i = next(); i < count; i = next()) {
        await (i % 2 ? echo(`engine ${i}`) : listen(`socket ${i}`))
            .catch((error) => failures.push(error.message));
    }
}

let index = 0;
const begun = Date.now();
await Promise.all(Array.from({ length: AT_ONCE }, () => queue(() => index++)));

console.log(`${failures.length ? 'not ok' : 'ok'} nothing is lost, doubled or reordered`);
failures.slice(0, 10).forEach((failure) => console.log(failure));

if (willUpgrade) {
    console.log(`${upgrades >= count ? 'ok' : 'not ok'} ${count} upgrades (${upgrades})`);
}

if (process.env.CHAT_VERBOSE) {
    console.log(`${count} clients in ${Date.now() - begun} ms`);
}

process.exit();
