import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/* A server that knows one access token and one refresh token at a time. */
class FakeServer {
    token = 'token-0';
    refreshToken = 'refresh-0';
    refreshes = 0;
    status = 200;

    answer(path: string, init: RequestInit): Response {
        if (path === '/api/auth/refresh') {
            return this.refresh(JSON.parse(init.body as string) as { refreshToken: string });
        }

        return new Headers(init.headers).get('Authorization') === `Bearer ${this.token}`
            ? json(this.status, { path })
            : json(401, { code: 'unauthorized', message: 'No.' });
    }

    private refresh({ refreshToken }: { refreshToken: string }): Response {
        if (refreshToken !== this.refreshToken) {
            return json(401, { code: 'unauthorized', message: 'No.' });
        }

        this.refreshes++;
        this.token = `token-${String(this.refreshes)}`;
        this.refreshToken = `refresh-${String(this.refreshes)}`;

        return json(200, { token: this.token, refreshToken: this.refreshToken, user: USER });
    }
}

const USER = { _id: 'a', fullName: 'Ada' };

let server: FakeServer;
let api: typeof import('@/lib/api-client');
let session: typeof import('@/lib/session');

function json(status: number, body: object): Response {
    return new Response(JSON.stringify(body), { status });
}

beforeEach(async () => {
    const kept = new Map<string, string>();

    vi.stubGlobal('window', new EventTarget());
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('localStorage', {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => kept.set(key, value),
        removeItem: (key: string) => kept.delete(key),
    });
    vi.stubGlobal('fetch', vi.fn((path: string, init: RequestInit) => (
        Promise.resolve(server.answer(path, init))
    )));
    vi.resetModules();

    server = new FakeServer();
    api = await import('@/lib/api-client');
    session = await import('@/lib/session');
    session.startSession({ token: 'token-0', refreshToken: 'refresh-0', user: USER });
});

afterEach(() => { vi.unstubAllGlobals(); });

describe('a token that expired', () => {
    beforeEach(() => { server.token = 'another'; });

    it('is renewed once for all who were refused, and their requests repeated', async () => {
        const paths = ['/api/1', '/api/2', '/api/3'];
        const answers = await Promise.all(paths.map((path) => api.get<{ path: string }>(path)));

        expect(answers.map(({ path }) => path)).toEqual(paths);
        expect(server.refreshes).toBe(1);
    });

    it('is not renewed when another tab has done so', async () => {
        localStorage.setItem('ngx_chat.session', JSON.stringify({
            token: 'another', refreshToken: 'refresh-9', user: USER, renewAt: null,
        }));

        await expect(api.get('/api/1')).resolves.toEqual({ path: '/api/1' });
        expect(server.refreshes).toBe(0);
    });

    it('and cannot be renewed ends the session', async () => {
        server.refreshToken = 'revoked';

        await expect(api.get('/api/1')).rejects.toMatchObject({ code: 'unauthorized' });
        expect(session.currentSession()).toBeNull();
    });

    it('and no server to renew it leaves the session', async () => {
        vi.mocked(fetch)
            .mockResolvedValueOnce(json(401, { code: 'unauthorized', message: 'No.' }))
            .mockRejectedValueOnce(new TypeError('network'));

        await expect(api.get('/api/1')).rejects.toMatchObject({ code: 'unreachable' });
        expect(session.currentSession()?.token).toBe('token-0');
    });
});

describe('an error', () => {
    it('keeps its code, its words and its fields', async () => {
        const failure = { code: 'invalid', message: 'Not valid.', fields: { email: 'Taken.' } };
        vi.mocked(fetch).mockResolvedValueOnce(json(400, failure));

        await expect(api.enter('/api/auth/register', {})).rejects.toMatchObject(failure);
    });

    it('that is no JSON is named by its status', async () => {
        vi.mocked(fetch).mockResolvedValueOnce(new Response('<html>', { status: 502 }));

        await expect(api.get('/api/1')).rejects.toMatchObject({ code: 'http_502' });
    });
});

describe('a list', () => {
    it('is read on as long as its Link header leads further', async () => {
        const next = '</api/list?after=2>; rel="next"';

        vi.stubGlobal('window', { location: { origin: 'http://chat.example' } });
        vi.mocked(fetch)
            .mockResolvedValueOnce(new Response('[1,2]', { headers: { Link: next } }))
            .mockResolvedValueOnce(new Response('[3]'));

        await expect(api.getList('/api/list')).resolves.toEqual([1, 2, 3]);
        expect(vi.mocked(fetch).mock.lastCall?.[0]).toBe('/api/list?after=2');
    });
});

describe('the time of renewal', () => {
    it.each([
        ['before the end of a long life', 900, 810],
        ['half way through a short one', 60, 30],
    ])('lies %s, by this clock whatever the server\'s', (_, life, after) => {
        const claims = btoa(JSON.stringify({ iat: 5_000, exp: 5_000 + life }));
        const now = Date.now();
        const { renewAt } = session.startSession({
            token: `x.${claims}.x`, refreshToken: '', user: USER,
        });

        expect(Math.round(((renewAt ?? 0) - now) / 1000)).toBe(after);
    });
});
