/**
 * `run.sh images build`: the images a cluster needs, on a machine that reaches no registry.
 *
 * Nothing that exists is overwritten. The cluster's own images are made at once; an image that a registry has is first asked
 * for there (unless told not to), and made from Debian packages only when that fails.
 */
import { installMissing, type Need } from '../host-packages';
import type { ImageStore } from './image-store';
import { RECIPES, type Recipe } from './recipes';

/** How long a registry may stay silent before we make the image ourselves. */
const REGISTRY_PATIENCE_MS = 5_000;
const BUILT_LABEL = 'LABEL io.minik8s/built=1';

export interface BuildImagesOptions {
  /** where the images go */
  readonly store: ImageStore;
  /** a line for the user */
  readonly log: (text: string) => void;
  /** names of {@link RECIPES}; absent: all. Run.sh asks for `pause` and `base` on its way up */
  readonly only?: readonly string[];
  /** false: do not ask a registry */
  readonly pull?: boolean;
  /** false: missing Debian packages are an error */
  readonly install?: boolean;
}

export interface BuiltImage {
  readonly tag: string;
  readonly how: 'kept' | 'pulled' | 'built';
}

/** Makes what is missing; returns one entry a tag, in the order of the recipes. Throws a UserError with a way out. */
export async function buildImages(options: BuildImagesOptions): Promise<BuiltImage[]> {
  const unknown = options.only?.find((name) => !RECIPES.some((recipe) => recipe.name === name));
  if (unknown !== undefined) {
    throw new Error(`no image '${unknown}'; there are: ${RECIPES.map((recipe) => recipe.name).join(', ')}`);
  }
  const wanted = RECIPES.filter((recipe) => options.only?.includes(recipe.name) ?? true);
  const plans = await Promise.all(wanted.map((recipe) => plan(recipe, options)));
  await installMissing(neededPackages(plans), options.install ?? true, options.log);
  return (await Promise.all(plans.map((one) => carryOut(one, options)))).flat();
}

interface Plan {
  readonly recipe: Recipe;
  readonly done: readonly BuiltImage[];
  readonly missing: readonly string[];
}

/** What remains to be made of a recipe once existing tags are kept and the registry was asked. */
async function plan(recipe: Recipe, options: BuildImagesOptions): Promise<Plan> {
  const done: BuiltImage[] = [];
  const missing: string[] = [];
  for (const tag of recipe.tags) {
    if (await options.store.exists(tag)) done.push({ tag, how: 'kept' });
    else if (await pulled(recipe, tag, options)) done.push({ tag, how: 'pulled' });
    else missing.push(tag);
  }
  return { recipe, done, missing };
}

async function pulled(recipe: Recipe, tag: string, options: BuildImagesOptions): Promise<boolean> {
  if (recipe.own || options.pull === false) return false;
  return await options.store.pull(tag, REGISTRY_PATIENCE_MS);
}

function neededPackages(plans: readonly Plan[]): Need[] {
  return plans.filter((one) => one.missing.length > 0).flatMap((one) => one.recipe.needs);
}

async function carryOut({ recipe, done, missing }: Plan, options: BuildImagesOptions): Promise<BuiltImage[]> {
  const [first, ...others] = missing;
  if (first === undefined) return [...done];
  const began = performance.now();
  await options.store.import(first, await recipe.entries(), [...recipe.changes, BUILT_LABEL]);
  for (const tag of others) await options.store.tag(first, tag);
  options.log(`  ${missing.join(', ')} made in ${((performance.now() - began) / 1000).toFixed(2)} s`);
  return [...done, ...missing.map((tag): BuiltImage => ({ tag, how: 'built' }))];
}
