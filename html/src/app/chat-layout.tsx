import { useEffect } from 'react';
import { Outlet, useParams } from 'react-router-dom';
import { Avatar } from '@/components/ui/avatar';
import { ConnectionBanner } from '@/app/connection-banner';
import { useLive } from '@/app/live';
import { useAuth } from '@/features/auth/store';
import { PeopleList } from '@/features/people/people-list';
import { unreadOf, usePeople } from '@/features/people/store';
import type { User } from '@/lib/events';

/* Side by side on a wide screen; on a phone the list or the conversation. */
export function ChatLayout({ me }: { me: User }) {
    const open = useParams().userId !== undefined;

    useLive(me._id);
    useUnreadInTitle();

    return (
        <div className="flex h-full flex-col">
            <ConnectionBanner />
            <div className="flex min-h-0 flex-1">
                <aside
                    className={`w-full flex-col border-base-300 bg-base-100 md:flex md:w-80
                        md:border-r lg:w-96 ${open ? 'hidden' : 'flex'}`}
                >
                    <Me me={me} />
                    <PeopleList />
                </aside>
                <main className={`min-w-0 flex-1 flex-col md:flex ${open ? 'flex' : 'hidden'}`}>
                    <Outlet />
                </main>
            </div>
        </div>
    );
}

function Me({ me }: { me: User }) {
    const logout = useAuth((state) => state.logout);

    return (
        <header className="flex items-center gap-3 p-3">
            <Avatar id={me._id} name={me.fullName} src={me.avatar} size="small" />
            <h1 className="min-w-0 flex-1 truncate font-semibold" data-testid="me">
                {me.fullName}
            </h1>
            <button
                type="button"
                className="btn btn-ghost btn-sm"
                data-testid="logout"
                onClick={() => { logout().catch(() => undefined); }}
            >
                Log out
            </button>
        </header>
    );
}

function useUnreadInTitle(): void {
    const unread = usePeople(({ people }) => (
        Object.values(people).reduce((sum, person) => sum + unreadOf(person), 0)
    ));

    useEffect(() => {
        document.title = unread > 0 ? `(${String(unread)}) ngx_chat` : 'ngx_chat';
    }, [unread]);
}
