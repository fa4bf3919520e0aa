import { Link, useParams } from 'react-router-dom';
import { useSeen } from '@/app/seen';
import { RetryAlert } from '@/components/ui/retry-alert';
import { Spinner } from '@/components/ui/spinner';
import { ThreadView } from '@/features/messages/thread-view';
import { PersonHeader } from '@/features/people/person-header';
import { usePeople } from '@/features/people/store';

export function ChatPage() {
    const { userId = '' } = useParams();
    const name = usePeople(({ people }) => people[userId]?.fullName);
    const state = usePeople((people) => people.state);
    const error = usePeople((people) => people.error);
    const load = usePeople((people) => people.load);

    if (name !== undefined) {
        return <Conversation key={userId} userId={userId} name={name} />;
    }

    if (state === 'failed') {
        return (        /* on a wide screen the list beside says so */
            <div className="md:hidden">
                <RetryAlert onRetry={() => { void load(); }}>{error}</RetryAlert>
            </div>
        );
    }

    return state === 'ready' ? <NoPerson /> : <Spinner label="Loading…" />;
}

export function NobodyChosen() {
    return (
        <p className="grid flex-1 place-items-center bg-base-200 text-sm text-base-content/70">
            Choose somebody to write to.
        </p>
    );
}

function Conversation({ userId, name }: { userId: string; name: string }) {
    useSeen(userId);

    return (
        <>
            <header className="flex items-center gap-3 border-b border-base-300 bg-base-100 p-3">
                <Back />
                <PersonHeader userId={userId} />
            </header>
            <ThreadView peer={userId} name={name} />
        </>
    );
}

function NoPerson() {
    return (
        <div className="grid flex-1 place-content-center gap-3 bg-base-200 text-center text-sm">
            There is nobody here.
            <Link className="link link-accent" to="/">Back to the list</Link>
        </div>
    );
}

function Back() {
    return (
        <Link
            to="/"
            aria-label="Back to the list"
            className="btn btn-ghost btn-sm btn-square md:hidden"
        >
            <svg
                aria-hidden="true"
                viewBox="0 0 16 16"
                className="size-5"
                fill="none"
                stroke="currentColor"
                strokeWidth="2"
                strokeLinecap="round"
                strokeLinejoin="round"
            >
                <path d="M10 3 5 8l5 5" />
            </svg>
        </Link>
    );
}
