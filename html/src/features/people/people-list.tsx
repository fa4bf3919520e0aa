import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { RetryAlert } from '@/components/ui/retry-alert';
import { Spinner } from '@/components/ui/spinner';
import { PersonRow } from '@/features/people/person-row';
import { inOrder, usePeople } from '@/features/people/store';

export function PeopleList() {
    const [wanted, setWanted] = useState('');
    const state = usePeople((people) => people.state);
    const error = usePeople((people) => people.error);
    const load = usePeople((people) => people.load);
    const ids = usePeople(useShallow(({ people }) => (
        inOrder(people)
            .filter(({ fullName }) => matches(fullName, wanted))
            .map(({ _id }) => _id)
    )));

    return (
        <nav aria-label="People" className="flex min-h-0 flex-1 flex-col">
            <div className="px-3 pb-2">
                <input
                    type="search"
                    aria-label="Find a person"
                    placeholder="Find a person"
                    className="input w-full"
                    data-testid="people-search"
                    value={wanted}
                    onChange={(event) => { setWanted(event.target.value); }}
                />
            </div>
            {state === 'failed' && (
                <RetryAlert onRetry={() => { void load(); }}>{error}</RetryAlert>
            )}
            {state === 'loading' && <Spinner label="Loading people…" />}
            {state === 'ready' && ids.length === 0 && (
                <p className="p-6 text-center text-sm opacity-60">
                    {wanted === '' ? 'Nobody else is here yet.' : 'Nobody of that name.'}
                </p>
            )}
            <ul className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
                {ids.map((id) => <li key={id}><PersonRow userId={id} /></li>)}
            </ul>
        </nav>
    );
}

function matches(name: string, wanted: string): boolean {
    return name.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase());
}
