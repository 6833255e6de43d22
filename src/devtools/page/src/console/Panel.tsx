import { useId, type ReactNode } from 'react';

interface PanelProps {
  readonly title: string;
  readonly className?: string;
  /** Controls at the end of the heading. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

/** A named region of the console. */
export function Panel({ title, className = '', tools, children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {tools}
      </div>
      {children}
    </section>
  );
}
