import { usePeople } from '@/features/people/store';

/* Sits on the corner of an avatar, whose box must be `relative`. */
export function OnlineDot({ userId, testId }: { userId: string; testId?: string }) {
    const online = usePeople((state) => state.online[userId] ?? false);

    return (
        <span
            data-testid={testId}
            data-online={online}
            className={`absolute right-0 bottom-0 size-3 rounded-full ring-2 ring-base-100 ${
                online ? 'bg-success' : 'bg-base-300'}`}
        >
            <span className="sr-only">{online ? 'online' : 'offline'}</span>
        </span>
    );
}
