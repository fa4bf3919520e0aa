/*
 * The chat server of `./build.sh bench node`: Express, Socket.IO and Mongoose
 * in one process, put together as most such chats are, and no worse.  It speaks
 * what the load generator needs of docs/http-api.md and docs/events.md.  Start
 * here; chat.mjs is what people do, models.mjs what is stored.
 *
 *   PORT=… MONGO_URI=… JWT_KEY=… node server.mjs
 */
import { createSecretKey } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import jwt from 'jsonwebtoken';
import mongoose from 'mongoose';
import { Server } from 'socket.io';
import { ChatError, conversations, describe, history, send } from './chat.mjs';
import { User } from './models.mjs';

const { PORT, MONGO_URI, JWT_KEY } = process.env;

/* Of a string jsonwebtoken would make a key each time, by trial and error. */
const key = createSecretKey(JWT_KEY, 'utf8');

function userOf(token) {
    try {
        return jwt.verify(token, key, { algorithms: ['HS256'] }).sub;
    } catch {
        throw new ChatError(401, 'unauthorized', 'a valid token is needed');
    }
}


/* ---- REST --------------------------------------------------------------- */

const app = express();

app.disable('x-powered-by');
app.disable('etag');
app.use(express.json());

app.get('/api/health', (request, response) => response.json({ ok: true }));

app.use('/api', (request, response, next) => {
    request.userId = userOf(request.headers.authorization?.replace(/^Bearer /, ''));
    next();
});

app.get('/api/conversations', async (request, response) => {
    response.json(await conversations(request.userId));
});

app.get('/api/messages/:userId', async (request, response) => {
    response.json(await history(request.userId, request.params.userId,
        request.query));
});

app.use((error, request, response, next) => {
    const { status, ...told } = describe(error);

    response.status(status).json(told);
});


/* ---- sockets ------------------------------------------------------------ */

const server = createServer(app);
const io = new Server(server, { serveClient: false });
const room = (userId) => `user:${userId}`;

io.use(async (socket, next) => {
    try {
        const user = await User.findById(userOf(socket.handshake.auth.token))
            .select('fullName role isActive').lean();

        if (!user?.isActive) {
            throw new ChatError(403, 'user_inactive', 'the account is not active');
        }

        socket.data.user = user;
        next();
    } catch (error) {
        next(Object.assign(new Error(error.message), { data: describe(error) }));
    }
});

io.on('connection', (socket) => {
    const { user } = socket.data;
    const userId = user._id.toString();

    socket.join(room(userId));
    socket.emit('authenticated', { user, recovered: socket.recovered });

    socket.on('send-message', async (data, ack) => {
        const answer = typeof ack === 'function' ? ack : () => {};

        try {
            const { people, message } = await send(userId, { ...data });

            socket.to(people.map(room)).emit('new-message', message);
            answer({ ok: true, message });
        } catch (error) {
            answer({ ok: false, error: describe(error) });
        }
    });
});


/* ---- from beginning to end ---------------------------------------------- */

await mongoose.connect(MONGO_URI, { maxPoolSize: 100 });
await Promise.all(Object.values(mongoose.models).map((model) => model.init()));
server.listen(PORT, '127.0.0.1');

process.on('SIGTERM', async () => {
    io.close();
    await mongoose.disconnect();
    process.exit(0);
});
