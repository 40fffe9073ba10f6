import { loadMemory } from "./state/memory";
import { Opening } from "./state/opening";
import { reportPageErrors } from "./state/page-errors";
import "./styles/base.css";

performance.mark("script");
reportPageErrors();
const opening = new Opening();
const [{ open }] = await Promise.all([import("./open"), loadMemory()]);
open(opening);
