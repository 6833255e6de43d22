import type { Answer, Recipe } from './log';
import { formatCell, titleOf } from './values';

/** The rows of an answer. */
export function Table({ recipe, answer }: { recipe: Recipe; answer: Answer }) {
  return (
    <div className="scroll" role="region" aria-label="Table of the answer" tabIndex={0}>
      <table>
        <caption className="unseen">{recipe.question}</caption>
        <thead>
          <tr>
            {answer.columns.map((name, place) => (
              <th key={name} scope="col" data-number={typeof answer.rows[0]?.[place] === 'number'}>
                {titleOf(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((row, index) => (
            <tr key={index}>
              {row.map((value, place) => {
                const column = answer.columns[place] ?? '';
                return (
                  <td key={column} data-number={typeof value === 'number'}>
                    {formatCell(value, recipe.shares.includes(column))}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
