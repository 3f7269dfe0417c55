// What the page uses of the vendored bundle, for the type checker. Templates themselves are not checked.

/** What a template returns. */
export type View = object;

export function html(strings: TemplateStringsArray, ...values: unknown[]): View;
export function render(view: View, into: Element): void;
export function useEffect(effect: () => void | (() => void), inputs?: readonly unknown[]): void;
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useState<T>(first: T | (() => T)): [T, (next: T | ((before: T) => T)) => void];
