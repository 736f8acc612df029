// A component's object, which lives from its first run to its last. Streamlit calls the script at each run of the page, and
// what an earlier call returned only after the next one.

// `make` gives the object, with `update(args)` and `close()`; `isSame` says whether it is still the one for these args.
export function living(make, isSame = () => true) {
  const mounted = new WeakMap();
  return (args) => {
    const root = args.parentElement, known = mounted.get(root)?.part;
    const goesOn = known !== undefined && isSame(known, args);
    if (goesOn) known.update(args);
    else known?.close();
    const visit = { part: goesOn ? known : make(args) };
    mounted.set(root, visit);
    return () => {
      if (mounted.get(root) !== visit) return; // a later run of the page took over
      mounted.delete(root);
      visit.part.close();
    };
  };
}
