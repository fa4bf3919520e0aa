import { memo } from 'react';
import { NavLink } from 'react-router-dom';
import { Avatar } from '@/components/ui/avatar';
import { OnlineDot } from '@/features/people/online-dot';
import { unreadOf, usePeople } from '@/features/people/store';
import { briefly } from '@/lib/dates';
import type { Message } from '@/lib/events';

export const PersonRow = memo(function PersonRow({ userId }: { userId: string }) {
    const person = usePeople((state) => state.people[userId]);

    if (person === undefined) {
        return null;
    }

    const { fullName, avatar, lastMessage } = person;
    const unread = unreadOf(person);
    const previewTone = unread > 0 ? 'font-medium' : 'opacity-60';

    return (
        <NavLink
            to={`/chat/${userId}`}
            data-testid={`person-${userId}`}
            className={({ isActive }) => `flex items-center gap-3 rounded-box px-3 py-2.5
                focus-visible:outline-2 focus-visible:outline-accent
                ${isActive ? 'bg-primary/12' : 'hover:bg-base-200'}`}
        >
            <span className="relative">
                <Avatar id={userId} name={fullName} src={avatar} />
                <OnlineDot userId={userId} testId={`online-${userId}`} />
            </span>
            <span className="min-w-0 flex-1">
                <span className="flex items-baseline justify-between gap-2">
                    <span className="truncate font-medium">{fullName}</span>
                    {lastMessage !== null && (
                        <time dateTime={lastMessage.createdAt} className="text-xs opacity-60">
                            {briefly(lastMessage.createdAt)}
                        </time>
                    )}
                </span>
                <span className="flex items-center justify-between gap-2">
                    <span className={`truncate text-sm ${previewTone}`}>
                        {lastMessage === null ? 'No messages yet' : preview(lastMessage, userId)}
                    </span>
                    {unread > 0 && (
                        <span
                            data-testid={`unread-${userId}`}
                            className="badge badge-primary badge-sm font-semibold"
                        >
                            {unread > 99 ? '99+' : unread}
                            <span className="sr-only"> unread</span>
                        </span>
                    )}
                </span>
            </span>
        </NavLink>
    );
});

function preview(message: Message, peer: string): string {
    const text = message.deletedAt == null ? message.text : 'Message deleted';

    return message.senderId === peer ? text : `You: ${text}`;
}
