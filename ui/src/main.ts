import { loadMemory } from "./state/memory";
import { Opening } from "./state/opening";
import "./styles/base.css";

const opening = new Opening();
const [{ open }] = await Promise.all([import("./open"), loadMemory()]);
open(opening);
