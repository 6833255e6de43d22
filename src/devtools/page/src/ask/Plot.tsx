import { useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { Answer, Cell, Recipe } from './log';
import { formatCell, titleOf, wrap } from './values';

interface PlotProps {
  readonly recipe: Recipe;
  readonly answer: Answer;
}

type Row = Readonly<Record<string, Cell>>;

const CHARACTER = 6.6;
const LINE = 17;

/** Draws an answer. The table below it has all of its numbers. */
export function Plot({ recipe, answer }: PlotProps) {
  const { kind, labels, values } = recipe.chart;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const rows: readonly Row[] = answer.rows.map((row) =>
    Object.fromEntries(answer.columns.map((name, index) => [name, row[index] ?? null])),
  );
  const drawn = { rows, labels, values, shares: recipe.shares, width };
  const { height, content } =
    kind === 'bars' ? bars(drawn) : kind === 'columns' ? columns(drawn) : grid(drawn);
  const titleId = useId();
  const what = `${values.map(titleOf).join(' and ')} by ${labels.map(titleOf).join(' and ')}`;
  return (
    <div className="plot" ref={frame}>
      {kind === 'columns' && (
        <ul className="legend" aria-label="Legend">
          {values.map((name, index) => (
            <li key={name} data-series={index}>
              {titleOf(name)}
            </li>
          ))}
        </ul>
      )}
      <svg width={width} height={height} role="img" aria-labelledby={`${titleId} ${titleId}-desc`}>
        <title id={titleId}>{recipe.title}</title>
        <desc id={`${titleId}-desc`}>{`${recipe.question} Drawn: ${what}.`}</desc>
        {content}
      </svg>
    </div>
  );
}

interface Drawn {
  readonly rows: readonly Row[];
  readonly labels: readonly string[];
  readonly values: readonly string[];
  readonly shares: readonly string[];
  readonly width: number;
}

interface Drawing {
  readonly height: number;
  readonly content: ReactNode;
}

const numberOf = (row: Row, name: string): number => {
  const value = row[name];
  return typeof value === 'number' ? value : 0;
};

const labelOf = (row: Row, labels: readonly string[]): string =>
  labels.map((name) => formatCell(row[name] ?? null, false)).join(' · ');

const BAR = 14;
const GAP = 12;
const VALUE_ROOM = 120;

function bars({ rows, labels, values: [value = ''], shares: [share], width }: Drawn): Drawing {
  const most = Math.max(1, ...rows.map((row) => numberOf(row, value)));
  const room = Math.max(40, width - VALUE_ROOM);
  let y = 0;
  const content = rows.map((row, index) => {
    const lines = wrap(labelOf(row, labels), Math.floor(width / CHARACTER));
    const top = y;
    const barTop = top + lines.length * LINE + 2;
    y = barTop + BAR + GAP;
    const length = (numberOf(row, value) / most) * room;
    const number = formatCell(row[value] ?? null, false);
    const part = share === undefined ? '' : ` · ${formatCell(row[share] ?? null, true)}`;
    return (
      <g key={index}>
        {lines.map((line, place) => (
          <text key={place} x={0} y={top + (place + 1) * LINE - 4}>
            {line}
          </text>
        ))}
        <rect className="track" x={0} y={barTop} width={room} height={BAR} rx={3} />
        <rect data-series={0} x={0} y={barTop} width={length} height={BAR} rx={3} />
        <text className="value" x={room + 8} y={barTop + BAR - 3}>
          {number + part}
        </text>
      </g>
    );
  });
  return { height: y, content };
}

const TALL = 180;
const LABEL_ROOM = 84;

function columns({ rows, labels, values, width }: Drawn): Drawing {
  const totals = rows.map((row) => values.reduce((sum, name) => sum + numberOf(row, name), 0));
  const most = Math.max(1, ...totals);
  const left = formatCell(most, false).length * CHARACTER + 8;
  const step = Math.min(96, (width - left) / Math.max(1, rows.length));
  const every = Math.ceil(LABEL_ROOM / step);
  const content = (
    <>
      <text x={0} y={LINE - 4}>
        {formatCell(most, false)}
      </text>
      <text x={0} y={TALL}>
        0
      </text>
      <line x1={left} x2={width} y1={TALL} y2={TALL} />
      {rows.map((row, index) => {
        let top = TALL;
        const x = left + index * step;
        return (
          <g key={index}>
            {values.map((name, series) => {
              const height = (numberOf(row, name) / most) * (TALL - 4);
              top -= height;
              return (
                <rect
                  key={name}
                  data-series={series}
                  x={x + step * 0.1}
                  y={top}
                  width={step * 0.8}
                  height={height}
                />
              );
            })}
            {index % every === 0 && (
              <text x={x + step * 0.1} y={TALL + LINE}>
                {labelOf(row, labels)}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
  return { height: TALL + LINE + 6, content };
}

const CELL = 26;
const TEXT_ROOM = 40;

function grid({ rows, labels: [row = '', column = ''], values, shares, width }: Drawn): Drawing {
  const [value = ''] = values;
  const names = [...new Set(rows.map((each) => formatCell(each[row] ?? null, false)))];
  const count = 1 + Math.max(0, ...rows.map((each) => numberOf(each, column)));
  const step = Math.min(64, (width - LABEL_ROOM) / count);
  const every = Math.ceil(24 / step);
  const content = (
    <>
      {Array.from({ length: count }, (_, index) =>
        index % every === 0 ? (
          <text key={index} x={LABEL_ROOM + index * step + 3} y={LINE - 4}>
            {index}
          </text>
        ) : null,
      )}
      {names.map((name, index) => (
        <text key={name} x={0} y={LINE + index * CELL + 17}>
          {name}
        </text>
      ))}
      {rows.map((each, index) => {
        const x = LABEL_ROOM + numberOf(each, column) * step;
        const y = LINE + names.indexOf(formatCell(each[row] ?? null, false)) * CELL;
        const share = formatCell(each[value] ?? null, shares.includes(value));
        return (
          <g key={index}>
            <rect
              className="cell"
              x={x}
              y={y}
              width={step - 2}
              height={CELL - 2}
              rx={3}
              fillOpacity={0.05 + numberOf(each, value) * 0.4}
            >
              <title>{`${formatCell(each[row] ?? null, false)}, ${numberOf(each, column)}: ${share}`}</title>
            </rect>
            {step >= TEXT_ROOM && (
              <text x={x + 4} y={y + 17}>
                {share}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
  return { height: LINE + names.length * CELL, content };
}

const WITHOUT_LAYOUT = 640;

/** The width of an element in pixels. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(WITHOUT_LAYOUT);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null || current.clientWidth === 0) return;
    const measure = () => {
      setWidth(current.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return width;
}
