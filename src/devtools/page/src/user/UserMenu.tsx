import { useCaller, useSignIn } from './useSignIn';

/** A menu of the users; empty if the API needs no credentials. */
export function UserMenu() {
  const signIn = useSignIn();
  const { user } = useCaller();
  if (user === undefined) return null;
  return (
    <span className="user">
      <span aria-hidden="true">User</span>
      <select
        aria-label="User"
        value={user.name}
        onChange={(event) => {
          signIn.choose(event.target.value);
        }}
      >
        {signIn.users.map(({ name, tenant }) => (
          <option key={name} value={name}>
            {name} ({tenant})
          </option>
        ))}
      </select>
    </span>
  );
}
