/*
 * Listeners with the published client, for as long as nginx is exchanged below
 * them: `node drain.mjs URL TOKEN…`.  Half of them poll, half use a WebSocket.
 * What happens to each is said at once, a line each, N being which:
 *
 *     joined N RECOVERED | lost N REASON | refused N | heard N TEXT
 */
import { io } from 'socket.io-client';

const [url, ...tokens] = process.argv.slice(2);
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);

tokens.forEach((token, n) => {
    const socket = io(url, {
        transports: [n % 2 ? 'polling' : 'websocket'], auth: { token }, forceNew: true,
    });

    socket.on('authenticated', (hello) => say('joined', n, hello.recovered));
    socket.on('disconnect', (reason) => say('lost', n, reason.replaceAll(' ', '-')));
    socket.on('connect_error', (error) => error.data && say('refused', n));
    socket.on('new-message', (message) => say('heard', n, message.text));
});
