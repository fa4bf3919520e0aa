/*
 * The same story told to every released minor version of a client, over each
 * transport, all side by side.  A check is a line "ok TEXT" or "not ok TEXT"
 * (Chat::Node).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MODES = {
    websocket: { transports: ['websocket'] },
    polling: { transports: ['polling'] },
    upgrade: { transports: ['polling', 'websocket'] },
};

const SECONDS = 60;
const WORDS = 1000;             /* of a failure: it may hold what was sent */

const packages = Object.keys(JSON.parse(readFileSync(
    fileURLToPath(new URL('../../package.json', import.meta.url)))).dependencies);

function inTime(promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done in ${SECONDS} s`)),
            SECONDS * 1000);
    });

    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* Tells story(module, options, mode) to each of the packages PREFIX-VERSION. */
export async function everyVersion(prefix, story) {
    const told = [];

    for (const name of packages.filter((one) => one.startsWith(`${prefix}-`))) {
        const module = await import(name);

        for (const [mode, options] of Object.entries(MODES)) {
            told.push(inTime(story(module, options, mode)).then(
                () => console.log(`ok ${name}, ${mode}`),
                (error) => console.log(`not ok ${name}, ${mode}\n${
                    error.stack.slice(0, WORDS)}`)));
        }
    }

    await Promise.all(told);
    process.exit(0);
}

/* The arguments of the next event of that name. */
export const once = (emitter, event) => new Promise((resolve) => {
    emitter.once(event, (...args) => resolve(args));
});
