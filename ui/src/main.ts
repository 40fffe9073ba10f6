import { loadMemory } from "./state/memory";
import { Opening } from "./state/opening";
import { hearPageErrors } from "./state/page-errors";
import "./styles/base.css";

hearPageErrors();
const opening = new Opening();
const [{ open }] = await Promise.all([import("./open"), loadMemory()]);
open(opening);
