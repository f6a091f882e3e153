import { expect } from 'chai';
import { bindField, fromBytes, valueText, type Event } from '../../../../engine/index.ts';
import { readCapture } from '../../../../daemon/capture.ts';
import { Scene, SceneError } from '../../../../rules/testing/scene/index.ts';
import { captureFiles } from '../../../captures/index.ts';
import { factsOf, type Facts } from './facts.ts';
