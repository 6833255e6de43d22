import { useCallback, useEffect, useState } from 'react';
import { failureText } from '../network/useRead';
import { Panel } from '../console/Panel';
import { Refusal } from '../parts/Refusal';
import { formatDateTime } from '../parts/time';
import { StoreTabs } from '../topbar/StoreTabs';
import { askRecipe, readLog, type Answer, type Given, type Log, type Recipe } from './log';
import { Plot } from './Plot';
import { Question } from './Question';
import { Table } from './Table';

/** Asks the actions of all streams: recipes with their plots. */
export function AskTheLog() {
  const { log, failure, isReading, read } = useLog();
  const [name, setName] = useState<string>();
  const recipe = log?.recipes.find((one) => one.name === name) ?? log?.recipes[0];
  return (
    <>
      <title>Ask the log · Roundtrip</title>
      <header className="topbar">
        <p className="brand">Roundtrip</p>
        <StoreTabs />
      </header>
      <main className="panes ask">
        <section className="app" aria-label="Ask the log">
          <div className="heading">
            <h1>Ask the log</h1>
            <button type="button" disabled={isReading} onClick={read}>
              Read the log again
            </button>
          </div>
          <p className="note" role="status" aria-label="Log">
            {isReading ? 'Reading the log …' : describe(log)}
          </p>
          <Refusal text={failure} />
          {log !== undefined && recipe !== undefined && (
            <>
              <div className="recipes" role="group" aria-label="Recipes">
                {log.recipes.map((one) => (
                  <button
                    key={one.name}
                    type="button"
                    aria-pressed={one === recipe}
                    onClick={() => {
                      setName(one.name);
                    }}
                  >
                    {one.title}
                  </button>
                ))}
              </div>
              <p>{recipe.question}</p>
            </>
          )}
        </section>
        {recipe !== undefined && <Asked recipe={recipe} key={recipe.name} />}
      </main>
    </>
  );
}

function describe(log: Log | undefined): string {
  if (log === undefined) return '';
  if (log.until === null) return 'The log has no actions yet.';
  const count = `${log.actions.toLocaleString()} ${log.actions === 1 ? 'action' : 'actions'}`;
  return `${count}, until ${formatDateTime(Date.parse(log.until))}.`;
}

/** A recipe's form, and the answer to what was asked last. */
function Asked({ recipe }: { recipe: Recipe }) {
  const [answer, setAnswer] = useState<Answer>();
  const [failure, setFailure] = useState('');
  const onAsk = async (given: Given) => {
    try {
      setAnswer(await askRecipe(recipe.name, given));
      setFailure('');
    } catch (error) {
      setAnswer(undefined);
      setFailure(failureText(error));
    }
  };
  return (
    <Panel title={recipe.title} className="asked">
      <Question recipe={recipe} onAsk={(given) => void onAsk(given)} />
      <Refusal text={failure} />
      <p className="note" role="status" aria-label="Answer">
        {answer !== undefined &&
          (answer.rows.length === 0
            ? 'Nothing in the log answers this.'
            : `${answer.rows.length} ${answer.rows.length === 1 ? 'row' : 'rows'}`)}
      </p>
      {answer !== undefined && answer.rows.length > 0 && (
        <>
          <Plot recipe={recipe} answer={answer} />
          <Table recipe={recipe} answer={answer} />
        </>
      )}
    </Panel>
  );
}

function useLog() {
  const [log, setLog] = useState<Log>();
  const [failure, setFailure] = useState('');
  const [isReading, setIsReading] = useState(true);
  const load = useCallback(async () => {
    try {
      setLog(await readLog());
      setFailure('');
    } catch (error) {
      setFailure(failureText(error));
    }
    setIsReading(false);
  }, []);
  useEffect(() => {
    void load();
  }, [load]);
  const read = () => {
    setIsReading(true);
    void load();
  };
  return { log, failure, isReading, read };
}
