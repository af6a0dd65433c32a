import { wholeMove } from './whole-move';

wholeMove('md');
