/* eslint-disable */
// Made by `roundtrip client-types` from the models of the service. Do not edit.

type KeysOf<T> = T extends unknown ? keyof T : never;

/** One of several objects, without a property that only others have. */
type OneOf<T, All = T> = T extends unknown
  ? T & { [Key in Exclude<KeysOf<All>, keyof T>]?: never }
  : never;

export type SalesOrdersState = OneOf<Order | Nothing | Deleted>;

/** The state of an order. */
export type Order = {
  status: 'draft' | 'confirmed' | 'cancelled';
  customer: string;
  /** ISO 4217 code */
  currency: string;
  lines: OrderLine[];
  totalCents: number;
  mailed?: true;
};

/** A line of an order, with its total. */
export type OrderLine = {
  sku: string;
  quantity: number;
  unitPriceCents: number;
  totalCents: number;
};

/** The empty object: an entity that is not created yet. */
export type Nothing = {};

export type Deleted = {
  $deleted: true;
};

export type SalesOrdersAction =
  | SalesOrdersCreated
  | SalesOrdersUpdated
  | SalesOrdersHeaderChanged
  | SalesOrdersLineAdded
  | SalesOrdersLineQuantityChanged
  | SalesOrdersLineRemoved
  | SalesOrdersConfirmed
  | SalesOrdersMailed
  | SalesOrdersCancelled
  | SalesOrdersDeleted;

export type SalesOrdersCreated = {
  type: 'salesOrders/created';
  payload: SalesOrder;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** An order to create or replace. */
export type SalesOrder = {
  customer: string;
  /** ISO 4217 code */
  currency: string;
  lines?: Line[];
};

/** A line: an article, its quantity and its unit price in cents. */
export type Line = {
  sku: string;
  quantity: number;
  unitPriceCents: number;
};

export type SalesOrdersUpdated = {
  type: 'salesOrders/updated';
  payload: SalesOrderChanges;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** Any part of SalesOrder. */
export type SalesOrderChanges = {
  customer?: string;
  /** ISO 4217 code */
  currency?: string;
  lines?: Line[] | null;
};

export type SalesOrdersHeaderChanged = {
  type: 'salesOrders/headerChanged';
  payload: Header;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** The order without its lines. */
export type Header = {
  customer: string;
  /** ISO 4217 code */
  currency: string;
};

export type SalesOrdersLineAdded = {
  type: 'salesOrders/lineAdded';
  payload: Line;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type SalesOrdersLineQuantityChanged = {
  type: 'salesOrders/lineQuantityChanged';
  payload: LineQuantity;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** A new quantity for a line. */
export type LineQuantity = {
  sku: string;
  quantity: number;
};

export type SalesOrdersLineRemoved = {
  type: 'salesOrders/lineRemoved';
  payload: LineName;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** The sku of a line. */
export type LineName = {
  sku: string;
};

export type SalesOrdersConfirmed = {
  type: 'salesOrders/confirmed';
  payload?: null;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type SalesOrdersMailed = {
  type: 'salesOrders/mailed';
  payload?: null;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type SalesOrdersCancelled = {
  type: 'salesOrders/cancelled';
  payload?: null;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type SalesOrdersDeleted = {
  type: 'salesOrders/deleted';
  payload?: null;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type ContactsState = OneOf<Contact | Nothing | Deleted>;

/** A person to write to. */
export type Contact = {
  name: string;
  email?: string | null;
};

export type ContactsAction = ContactsCreated | ContactsUpdated | ContactsDeleted;

export type ContactsCreated = {
  type: 'contacts/created';
  payload: Contact;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type ContactsUpdated = {
  type: 'contacts/updated';
  payload: ContactChanges;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** Any part of Contact. */
export type ContactChanges = {
  name?: string;
  email?: string | null;
};

export type ContactsDeleted = {
  type: 'contacts/deleted';
  payload?: null;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type WorkoutsState = {
  plan: Plan;
  sets: Sets;
};

/** The state of the plan. */
export type Plan = {
  /** Empty until it is named. */
  name: string;
  exercises: Exercise[];
};

/** An exercise of the plan: number of sets, repetitions of each, and weight. */
export type Exercise = {
  id: string;
  name: string;
  sets: number;
  reps: number;
  weightGrams: number;
};

/** The state of the sets: those done, in the order of recording. */
export type Sets = {
  done: CompletedSet[];
};

/** A set that was done. */
export type CompletedSet = {
  id: string;
  exerciseId: string;
  reps: number;
  weightGrams: number;
};

export type WorkoutsAction =
  | PlanNamed
  | PlanExerciseAdded
  | PlanExerciseChanged
  | PlanExerciseRemoved
  | SetsCompleted
  | SetsCorrected
  | SetsRemoved;

export type PlanNamed = {
  type: 'plan/named';
  payload: PlanName;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** The name of the plan. */
export type PlanName = {
  name: string;
};

export type PlanExerciseAdded = {
  type: 'plan/exerciseAdded';
  payload: Exercise;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type PlanExerciseChanged = {
  type: 'plan/exerciseChanged';
  payload: ExerciseChange;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** The id of an exercise and its changed fields. */
export type ExerciseChange = {
  id: string;
  name?: string;
  sets?: number;
  reps?: number;
  weightGrams?: number;
};

export type PlanExerciseRemoved = {
  type: 'plan/exerciseRemoved';
  payload: ExerciseId;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** The id of an exercise. */
export type ExerciseId = {
  id: string;
};

export type SetsCompleted = {
  type: 'sets/completed';
  payload: CompletedSet;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

export type SetsCorrected = {
  type: 'sets/corrected';
  payload: SetCorrection;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** The id of a set and its corrected fields. */
export type SetCorrection = {
  id: string;
  reps?: number;
  weightGrams?: number;
};

export type SetsRemoved = {
  type: 'sets/removed';
  payload: SetId;
  /** Any JSON of at most 4096 bytes and 10 levels that is not part of the payload. */
  meta?: unknown;
  error?: boolean;
};

/** The id of a set. */
export type SetId = {
  id: string;
};
