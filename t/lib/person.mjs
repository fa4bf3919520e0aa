/*
 * What scripts with real clients share.  Each check is a line "ok TEXT" or
 * "not ok TEXT" (Chat::Node).
 */

export function check(holds, text, got) {
    console.log(`${holds ? 'ok' : 'not ok'} ${text}`);

    if (!holds) {
        console.log(`got ${JSON.stringify(got)}`);
    }
}

/* A new person; `run` sets his address apart from those of other runs. */
export async function register(url, name, run) {
    const response = await fetch(`${url}/api/auth/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
            email: `${name}@${run}.example.net`, fullName: name, password: 'correct horse',
        }),
    });

    check(response.status === 201, `${name} registers`, response.status);

    return response.json();
}
