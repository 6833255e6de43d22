import { useId, useState } from 'react';
import { useApi } from '../api/useApi';
import { Field } from '../parts/Field';
import type { Given, Parameter, Recipe } from './log';
import { initialValues, MOST_STEPS, typesOf } from './values';

interface QuestionProps {
  readonly recipe: Recipe;
  readonly onAsk: (given: Given) => void;
}

const FEWEST_STEPS = 2;

/** The form with the parameters of a recipe. */
export function Question({ recipe, onAsk }: QuestionProps) {
  const { stores } = useApi();
  const [given, setGiven] = useState(() => initialValues(recipe, stores, stores[0]?.name ?? ''));
  const types = typesOf(stores, given['store']?.[0] ?? '');
  const set = (name: string, values: readonly string[]) => {
    setGiven({ ...given, [name]: values });
  };
  return (
    <form
      className="question"
      aria-label={recipe.title}
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(given);
      }}
    >
      {recipe.parameters.map((parameter) => {
        const values = given[parameter.name] ?? [];
        const one = {
          label: parameter.label,
          value: values[0] ?? '',
          onChoose: (value: string) => {
            set(parameter.name, [value]);
          },
        };
        switch (parameter.kind) {
          case 'store':
            return (
              <Choice
                key={parameter.name}
                {...one}
                options={['', ...stores.map(({ name }) => name)]}
                onChoose={(store) => {
                  // Actions of another store would not be found.
                  setGiven(initialValues(recipe, stores, store));
                }}
              />
            );
          case 'actions':
            return (
              <Steps
                key={parameter.name}
                label={parameter.label}
                values={values}
                types={types}
                onChange={(changed) => {
                  set(parameter.name, changed);
                }}
              />
            );
          case 'action':
            return <Choice key={parameter.name} {...one} options={types} />;
          case 'choice':
            return <Choice key={parameter.name} {...one} options={parameter.choices} />;
          case 'number':
            return <NumberField key={parameter.name} parameter={parameter} {...one} />;
        }
      })}
      <div className="buttons">
        <button type="submit" className="primary">
          Ask
        </button>
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChoose: (value: string) => void;
}

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          onChoose(event.target.value);
        }}
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {option === '' ? 'all stores' : option}
          </option>
        ))}
      </select>
    </div>
  );
}

function NumberField({
  parameter,
  value,
  onChoose,
}: Pick<ChoiceProps, 'value' | 'onChoose'> & { readonly parameter: Parameter }) {
  return (
    <Field
      label={parameter.label}
      className="short"
      type="number"
      required
      min={parameter.least}
      max={parameter.most}
      value={value}
      onChange={(event) => {
        onChoose(event.target.value);
      }}
    />
  );
}

interface StepsProps {
  readonly label: string;
  readonly values: readonly string[];
  readonly types: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
}

/** A list of actions, in order. */
function Steps({ label, values, types, onChange }: StepsProps) {
  return (
    <fieldset className="steps">
      <legend className="unseen">{label}</legend>
      {values.map((value, index) => (
        <Choice
          key={index}
          label={`Step ${index + 1}`}
          value={value}
          options={types}
          onChoose={(chosen) => {
            onChange(values.with(index, chosen));
          }}
        />
      ))}
      <div className="buttons">
        <button
          type="button"
          disabled={values.length >= MOST_STEPS}
          onClick={() => {
            onChange([...values, types[values.length % types.length] ?? '']);
          }}
        >
          Add a step
        </button>
        <button
          type="button"
          disabled={values.length <= FEWEST_STEPS}
          onClick={() => {
            onChange(values.slice(0, -1));
          }}
        >
          Remove the last step
        </button>
      </div>
    </fieldset>
  );
}
