// All words come from Python's tables (ui/texts); a name that is unknown shows itself.

export type Words = (name: string, facts?: Readonly<Record<string, string | number>>) => string;

export function wordsOf(texts: Readonly<Record<string, string>>): Words {
  return (name, facts = {}) => (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, fact: string) => String(facts[fact] ?? whole));
}
