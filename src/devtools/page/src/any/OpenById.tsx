import { useState } from 'react';
import { Field } from '../parts/Field';
import { formatRoute, ID_PATTERN } from '../route';
import { useSession } from '../session/useSession';
import { uiOf } from '../storeUi';

/** A form that opens a stream by its id, whether it exists or not. */
export function OpenById() {
  const { store } = useSession().stream;
  const [id, setId] = useState('');
  return (
    <form
      aria-label="Open a stream"
      onSubmit={(event) => {
        event.preventDefault();
        location.hash = formatRoute({ store, id }, { plain: uiOf(store) !== undefined });
      }}
    >
      <div className="fields">
        <Field
          label="Stream id"
          className="grow"
          required
          pattern={ID_PATTERN}
          title="1 to 128 of A-Z a-z 0-9 . _ -"
          value={id}
          onChange={(event) => {
            setId(event.target.value);
          }}
        />
        <button type="submit">Open</button>
      </div>
    </form>
  );
}
