/** Keeping a client on the backend it first met. */
import { enumeration, type Infer, object, type SchemaRule, string } from '../../schema/index.ts';
import { gatewayDuration } from './scalars.ts';

const cookieConfig = object('Settings of the cookie that carries the session.', {
  lifetimeType: enumeration('Whether the cookie outlives the browser session.', ['Permanent', 'Session'], {
    default: 'Session',
  }),
});

const sessionFields = {
  sessionName: string('Name of the cookie or header that carries the session.', { maxLength: 128 }),
  absoluteTimeout: gatewayDuration('Age at which a session ends, used or not.'),
  idleTimeout: gatewayDuration('Time without requests after which a session ends.'),
  type: enumeration('What carries the session.', ['Cookie', 'Header'], { default: 'Cookie' }),
  cookieConfig,
} as const;

interface Session {
  readonly absoluteTimeout?: string | undefined;
  readonly cookieConfig?: Infer<typeof cookieConfig>;
}

const permanentNeedsTimeout: SchemaRule<Session> = {
  message: 'AbsoluteTimeout must be specified when cookie lifetimeType is Permanent',
  cel:
    "!(has(self.cookieConfig) && has(self.cookieConfig.lifetimeType) && self.cookieConfig.lifetimeType == 'Permanent')" +
    ' || has(self.absoluteTimeout)',
  check: (session) => session.cookieConfig?.lifetimeType !== 'Permanent' || session.absoluteTimeout !== undefined,
};

/** Keeps the requests of one client on one backend. */
export const sessionPersistence = object('Keeps the requests of one client on one backend.', sessionFields, {
  rules: [permanentNeedsTimeout],
});
