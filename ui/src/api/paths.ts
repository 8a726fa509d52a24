// The types of the API for the client: every path and method, with parameters and response.
import type { paths } from "./schema";

type Base = "/api/v1";
type Api = { [P in keyof paths as P extends `${Base}${infer Rest}` ? Rest : never]: paths[P] };
export type Method = "get" | "post" | "put" | "patch" | "delete";
/** The paths that know a method. */
export type Path<M extends Method> = {
  [P in keyof Api]: Api[P][M & keyof Api[P]] extends object ? P : never;
}[keyof Api];
type Operation<M extends Method, P extends Path<M>> = Api[P][M & keyof Api[P]];

type Parameters<O> = O extends { parameters: infer A } ? A : never;
type Json<C> = C extends { content: { "application/json": infer B } } ? B : never;
type Body<O> = O extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { "multipart/form-data": unknown } }
    ? FormData
    : Json<NonNullable<B>>
  : never;
/** A key that exists only if the operation has it, and is optional only if everything in it is. */
type Part<K extends string, T> = [T] extends [never]
  ? unknown
  : undefined extends T
    ? { [N in K]?: T }
    : { [N in K]: T };
type PathPart<A> = A extends { path: infer V } ? { path: { [K in keyof V]: string } } : unknown;
/** The client omits null values. */
type QueryPart<A> = A extends { query?: infer Q }
  ? [NonNullable<Q>] extends [never]
    ? unknown
    : { query?: { [K in keyof Q]: Q[K] | null } }
  : unknown;
type BodyPart<O> = O extends { requestBody: infer B }
  ? Part<"body", Body<{ requestBody: B }>>
  : O extends { requestBody?: infer B }
    ? [NonNullable<B>] extends [never]
      ? unknown
      : { body?: Body<O> }
    : unknown;

export type Options = {
  signal?: AbortSignal;
  /** keep a 401 for the caller (sign-in, session check) */ quiet401?: boolean;
};
type Input<O> = PathPart<Parameters<O>> & QueryPart<Parameters<O>> & BodyPart<O> & Options;
/** The arguments of a call in addition to its path; optional if none is required. */
export type Arguments<M extends Method, P extends Path<M>> =
  Record<never, never> extends Input<Operation<M, P>>
    ? [input?: Input<Operation<M, P>>]
    : [input: Input<Operation<M, P>>];
type Success<R> = { [S in keyof R & (200 | 201 | 202 | 204)]: R[S] }[keyof R & (200 | 201 | 202 | 204)];
export type Answer<M extends Method, P extends Path<M>> =
  Operation<M, P> extends { responses: infer R }
    ? Success<R> extends infer C
      ? C extends { content: { "application/json": infer B } }
        ? B
        : void
      : never
    : never;

/** The paginated lists, and their items. */
export type ListPath = {
  [P in Path<"get">]: Answer<"get", P> extends { items: unknown[]; next: string | null } ? P : never;
}[Path<"get">];
export type Item<P extends ListPath> = Answer<"get", P> extends { items: (infer I)[] } ? I : never;
