/*
 * What the page's layers may know: app → features → shared (lib, components).
 * Every import is written from '@/', so that a path says which layer it is in.
 */
import { readdirSync } from 'node:fs';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const features = readdirSync(new URL('./src/features', import.meta.url));

const relative = {
    group: ['../*', './*'],
    message: "Write it from '@/', so that the layer is seen.",
};

const socketIo = {
    name: 'socket.io-client',
    message: 'Only lib/socket.ts knows socket.io.',
};

const app = {
    group: ['@/app/*', '@/main'],
    message: 'app is above this layer.',
};

function layer(files, ...patterns) {
    return {
        files,
        rules: {
            'no-restricted-imports': ['error', {
                paths: [socketIo],
                patterns: [relative, ...patterns],
            }],
        },
    };
}

function feature(name) {
    const others = features.filter((other) => other !== name);

    return layer([`src/features/${name}/**`], app, {
        group: others.map((other) => `@/features/${other}/*`),
        message: 'One feature does not know another: app joins them.',
    });
}

export default tseslint.config(
    { ignores: ['dist', '*.config.js'] },
    tseslint.configs.strictTypeChecked,
    reactHooks.configs['recommended-latest'],
    {
        languageOptions: {
            parserOptions: {
                projectService: true,
                tsconfigRootDir: import.meta.dirname,
            },
        },
        linterOptions: { reportUnusedDisableDirectives: 'error' },
        rules: {
            'max-lines': ['error', { max: 250 }],
            'max-len': ['error', { code: 100 }],
            'no-console': 'error',
        },
    },
    layer(['src/main.tsx', 'src/app/**']),
    ...features.map(feature),
    layer(['src/lib/**', 'src/components/**'], app, {
        group: ['@/features/*'],
        message: 'features are above this layer.',
    }),
    {
        files: ['src/lib/socket.ts'],
        rules: {
            'no-restricted-imports': ['error', {
                patterns: [relative, app, { group: ['@/features/*'] }],
            }],
        },
    },
);
