import { Opening } from "./state/opening";
import "./styles/base.css";

const opening = new Opening();
const { open } = await import("./open");
open(opening);
