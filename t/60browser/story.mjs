/*
 * The story of story.t: `node story.mjs URL PROFILE-FOLDER PICTURE-FOLDER`.
 * Each check is a line "ok TEXT" or "not ok TEXT" (Chat::Node).
 */
import { chromium } from 'playwright-core';

const [url, profiles, pictures] = process.argv.slice(2);
const PASSWORD = 'correct horse';
const STEP_MS = 20_000;

/* Two profiles are two browsers, as two people have. */
const FLAGS = [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

const complaints = [];

async function browse(name) {
    const context = await chromium.launchPersistentContext(`${profiles}-${name}`, {
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: FLAGS,
        viewport: { width: 1100, height: 720 },
    });
    const page = context.pages()[0] ?? await context.newPage();

    context.setDefaultTimeout(STEP_MS);
    page.on('pageerror', (error) => { complaints.push(`${name}: ${error.message}`); });
    page.on('console', (line) => {
        if (line.type() === 'error') {
            complaints.push(`${name}: ${line.text()}`);
        }
    });

    return {
        context,
        page,
        email: `${name}@example.net`,
        see: (id, more = '') => page.locator(`[data-testid="${id}"]${more}`)
            .waitFor({ state: 'attached' }),
        gone: (id) => page.getByTestId(id).waitFor({ state: 'detached' }),
        press: (id) => page.getByTestId(id).click(),
        fill: (id, text) => page.getByTestId(id).fill(text),
        text: (id) => page.getByTestId(id).innerText(),
        picture: (called) => page.screenshot({ path: `${pictures}/${called}.png` }),
    };
}

/* A step that does not come to its end is a failed check, and the last one. */
async function step(text, action) {
    try {
        await action();
        console.log(`ok ${text}`);

    } catch (error) {
        console.log(`not ok ${text}`);
        console.log(String(error));
        await alice.picture('failed-alice');
        await bob.picture('failed-bob');
        await leave(1);
    }
}

async function leave(status) {
    await Promise.all([alice, bob].map(({ context }) => context.close()));
    process.exit(status);
}

async function register(person, name) {
    await person.page.goto(`${url}/register`);
    await person.fill('register-fullname', name);
    await person.fill('register-email', person.email);
    await person.fill('register-password', PASSWORD);
    await person.press('register-submit');
    await person.see('connection-state', '[data-state=online]');

    return person.page.evaluate(() => (
        JSON.parse(localStorage.getItem('ngx_chat.session')).user._id
    ));
}

/* The bubble with that text, in that state if it is one's own. */
function bubble(person, text, status) {
    const own = status === undefined ? '' : `[data-status=${status}]`;

    return person.page.getByTestId('messages')
        .locator(`[data-testid^="message-"]${own}`, { hasText: text })
        .waitFor();
}

/* As behind a proxy that knows only requests and answers. */
function blockWebSocket() {
    window.WebSocket = class {
        constructor() {
            setTimeout(() => {
                this.onerror?.({});
                this.onclose?.({ code: 1006 });
            });
        }

        close() {}
    };
}

const alice = await browse('alice');
const bob = await browse('bob');
let aliceId;
let bobId;

await step('two people register through the page', async () => {
    aliceId = await register(alice, 'Alice Liddell');
    bobId = await register(bob, 'Bob Dodgson');
});

await step('Alice finds Bob in the list', async () => {
    await alice.page.reload();
    await alice.press(`person-${bobId}`);
    await alice.see('composer');
});

await step('she writes, and it is delivered', async () => {
    await alice.fill('composer', 'Hello Bob ☺');
    await alice.press('send');
    await bubble(alice, 'Hello Bob ☺', 'delivered');
});

await step('Bob sees it live: a badge, a dot, the title', async () => {
    await bob.see(`unread-${aliceId}`);
    await bob.see(`online-${aliceId}`, '[data-online=true]');
    await bob.page.waitForFunction(() => document.title.startsWith('(1)'));
    await bob.picture('1-badge');
});

await step('he opens the chat: the badge goes, her ticks say read', async () => {
    await bob.press(`person-${aliceId}`);
    await bubble(bob, 'Hello Bob ☺');
    await bob.gone(`unread-${aliceId}`);
    await bubble(alice, 'Hello Bob ☺', 'read');
    await alice.see(`online-${bobId}`, '[data-online=true]');
    await alice.picture('2-read');
});

await step('she sees him typing, and what he wrote', async () => {
    await bob.page.getByTestId('composer').pressSequentially('Good morn');
    await alice.page.getByTestId('typing').getByText('Bob Dodgson is typing').waitFor();
    await alice.picture('3-typing');
    await bob.page.getByTestId('composer').pressSequentially('ing, Alice');
    await bob.page.keyboard.press('Enter');
    await bubble(alice, 'Good morning, Alice');
    await bubble(bob, 'Good morning, Alice', 'read');
});

await step('a reload keeps login, conversation and ticks', async () => {
    await alice.page.reload();
    await alice.see('connection-state', '[data-state=online]');
    await bubble(alice, 'Hello Bob ☺', 'read');
    await bubble(alice, 'Good morning, Alice');
    await alice.picture('4-reloaded');
});

await step('Bob logs out, and she sees him go', async () => {
    await bob.press('logout');
    await bob.see('login-email');
    await alice.see(`online-${bobId}`, '[data-online=false]');
    await bob.picture('5-login');
});

await step('what she writes meanwhile waits for him', async () => {
    await alice.fill('composer', 'Are you there?');
    await alice.page.keyboard.press('Enter');
    await bubble(alice, 'Are you there?', 'sent');
    await bob.fill('login-email', bob.email);
    await bob.fill('login-password', PASSWORD);
    await bob.press('login-submit');
    await bob.see(`unread-${aliceId}`);
    await bubble(alice, 'Are you there?', 'delivered');
    await bob.picture('6-back');
});

await step('where no WebSocket gets through, the page polls', async () => {
    const poll = bob.page.waitForRequest(/[?&]transport=polling/);

    await bob.context.addInitScript(blockWebSocket);
    await bob.page.reload();
    await poll;
    await bob.see('connection-state', '[data-state=online]');
    await bob.press(`person-${aliceId}`);
    await bubble(alice, 'Are you there?', 'read');
    await bob.fill('composer', 'Through the keyhole');
    await bob.page.keyboard.press('Enter');
    await bubble(alice, 'Through the keyhole');
    await alice.fill('composer', 'Heard you');
    await alice.page.keyboard.press('Enter');
    await bubble(bob, 'Heard you');
    await bubble(alice, 'Heard you', 'read');
});

console.log(`${complaints.length === 0 ? 'ok' : 'not ok'} the console has no error`);
complaints.forEach((line) => { console.log(line); });

await leave(0);
