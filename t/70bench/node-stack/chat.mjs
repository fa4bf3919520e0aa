/*
 * What people do with messages; knows neither Express nor Socket.IO.  A direct
 * conversation is found by its _id, which is made of its two people's ids: no
 * query is cheaper.
 */
import { createHash } from 'node:crypto';
import mongoose from 'mongoose';
import { Conversation, Message, User } from './models.mjs';

const PAGE = 50;
const PAGE_MAX = 100;

export class ChatError extends Error {
    constructor(status, code, message) {
        super(message);
        this.status = status;
        this.code = code;
    }
}

/* What a client may know of an error, and with which status. */
export function describe(error) {
    if (error instanceof ChatError) {
        const { status, code, message } = error;
        return { status, code, message };
    }

    if (error instanceof mongoose.Error.ValidationError) {
        return { status: 400, code: 'invalid', message: error.message };
    }

    console.error(error);
    return { status: 500, code: 'internal', message: 'something went wrong' };
}

function checkId(id) {
    if (typeof id !== 'string' || !/^[0-9a-f]{24}$/.test(id)) {
        throw new ChatError(400, 'invalid', 'this is no id');
    }

    return id;
}

function directId(one, other) {
    const [lower, higher] = [one, other].sort();

    return createHash('sha256').update(`direct:${lower}:${higher}`).digest('hex')
        .slice(0, 24);
}

/* Notes the last message and returns the members, if the sender is one. */
function note(_id, userId, message) {
    return Conversation.findOneAndUpdate({ _id, 'members.user': userId }, {
        lastMessage: message._id, lastMessageAt: new Date(),
    }, { new: true }).select('members.user').lean();
}

async function begin(_id, userId, to, message) {
    if (to === userId || !await User.exists({ _id: to, isActive: true })) {
        throw new ChatError(404, 'user_not_found', 'there is nobody of this id');
    }

    return Conversation.findOneAndUpdate({ _id }, {
        lastMessage: message._id,
        lastMessageAt: new Date(),
        $setOnInsert: {
            createdBy: userId, members: [{ user: userId }, { user: to }],
        },
    }, { new: true, upsert: true, setDefaultsOnInsert: true }).lean();
}

/*
 * Stores a message; returns it, and who is to hear of it.  That the sender is a
 * member is asked by the command that notes the last message: a round trip
 * less than asking first.
 */
export async function send(userId, { to, conversationId, text, clientId }) {
    const direct = conversationId === undefined;
    const _id = direct ? directId(userId, checkId(to)) : checkId(conversationId);
    const message = new Message({
        conversationId: _id, senderId: userId, text, clientId,
    });

    await message.validate();

    const conversation = await note(_id, userId, message)
        ?? (direct ? await begin(_id, userId, to, message) : null);

    if (!conversation) {
        throw new ChatError(403, 'forbidden', 'you are no member of it');
    }

    await message.save({ validateBeforeSave: false });

    return {
        people: conversation.members.map(({ user }) => user.toString()),
        message: message.toObject({ versionKey: false, flattenObjectIds: true }),
    };
}

/* The newest messages with somebody, or those before one, oldest first. */
export async function history(userId, otherId, { limit, before }) {
    const _id = directId(userId, checkId(otherId));

    if (!await Conversation.exists({ _id, 'members.user': userId })) {
        return [];
    }

    const count = Math.min(Math.max(Number(limit) || PAGE, 1), PAGE_MAX);
    const messages = await Message.find({
        conversationId: _id,
        ...(before && { _id: { $lt: checkId(before) } }),
    }).sort({ _id: -1 }).limit(count).lean();

    return messages.reverse();
}

export function conversations(userId) {
    return Conversation.find({ 'members.user': userId })
        .sort({ lastMessageAt: -1 }).limit(PAGE).populate('lastMessage').lean();
}
