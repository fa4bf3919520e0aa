/*
 * What is in MongoDB: the collections of Chat::Fill, as far as this server
 * uses them, with an index for each of its queries.
 */
import mongoose from 'mongoose';

const { Schema, model } = mongoose;
const { ObjectId } = Schema.Types;

const user = new Schema({
    email: { type: String, unique: true, sparse: true, lowercase: true },
    fullName: { type: String, required: true },
    role: { type: String, default: 'member' },
    isActive: { type: Boolean, default: true },
}, { timestamps: true });

const conversation = new Schema({
    type: { type: String, enum: ['direct', 'group'], default: 'direct' },
    members: [{
        _id: false,
        user: { type: ObjectId, ref: 'User', required: true },
        role: { type: String, default: 'member' },
        joinedAt: { type: Date, default: Date.now },
    }],
    createdBy: { type: ObjectId, ref: 'User' },
    lastMessage: { type: ObjectId, ref: 'Message' },
    lastMessageAt: { type: Date, default: Date.now },
}, { timestamps: true });

conversation.index({ 'members.user': 1, lastMessageAt: -1 });

const message = new Schema({
    conversationId: { type: ObjectId, ref: 'Conversation', required: true },
    senderId: { type: ObjectId, ref: 'User', required: true },
    text: { type: String, required: true, maxlength: 10_000 },
    type: { type: String, enum: ['text', 'image', 'file'], default: 'text' },
    clientId: { type: String, maxlength: 128 },
}, { timestamps: true });

/* One process makes their _ids, so these are in the order of sending. */
message.index({ conversationId: 1, _id: -1 });

export const User = model('User', user);
export const Conversation = model('Conversation', conversation);
export const Message = model('Message', message);
