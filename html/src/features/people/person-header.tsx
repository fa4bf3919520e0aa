import { Avatar } from '@/components/ui/avatar';
import { OnlineDot } from '@/features/people/online-dot';
import { usePeople } from '@/features/people/store';
import { briefly } from '@/lib/dates';

export function PersonHeader({ userId }: { userId: string }) {
    const name = usePeople((state) => state.people[userId]?.fullName ?? '');
    const avatar = usePeople((state) => state.people[userId]?.avatar);
    const online = usePeople((state) => state.online[userId] ?? false);
    const lastSeen = usePeople((state) => state.lastSeen[userId]);

    return (
        <>
            <span className="relative">
                <Avatar id={userId} name={name} src={avatar} size="small" />
                <OnlineDot userId={userId} />
            </span>
            <span className="min-w-0">
                <h2 className="truncate leading-tight font-semibold">{name}</h2>
                <p className="text-xs opacity-60" aria-hidden="true">
                    {online ? 'online' : lastSeen === undefined ? 'offline'
                        : `last seen ${briefly(lastSeen)}`}
                </p>
            </span>
        </>
    );
}
